using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// dv = Pᵀ·dy and dk = scale · dSᵀ·q of a block of keys, over tiles of 32 queries. A group makes a slice of the channels of both. No sum goes over
/// threads.
/// </summary>
internal readonly struct AttentionKeysKernel<TLanes, TBlock, TVariant, TAccess>(AttentionGradientOperands operands, TVariant variant) : IGpuKernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TBlock : struct, IAttentionBlock
    where TVariant : struct, IAttentionVariant
    where TAccess : struct, IQuadAccess
{
    private const int Others = AttentionTile<TLanes>.Others;

    public static int GroupSize => 2 * TBlock.Rows;

    public static int GroupsPerMultiprocessor => TBlock.GroupsPerMultiprocessor;

    public void Run()
    {
        int own = TBlock.Rows, step = own / 4, pad = step + 1, threads = 2 * own, width = AttentionTile<TLanes>.Width;
        ArrayView<F4> sk = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1));
        ArrayView<F4> sv = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1));
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1)), sdy = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1));
        ArrayView<F4> weights = SharedMemory.Allocate<F4>(Others * (TBlock.Rows / 4 + 1));
        ArrayView<int> rows = SharedMemory.Allocate<int>(TBlock.Rows), valueRows = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> places = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> queryRows = SharedMemory.Allocate<int>(Others), outputs = SharedMemory.Allocate<int>(Others);
        ArrayView<int> queryPlaces = SharedMemory.Allocate<int>(Others);
        ArrayView<float> logSumExps = SharedMemory.Allocate<float>(Others), dots = SharedMemory.Allocate<float>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, group = Grid.IdxX / operands.Blocks, first = (Grid.IdxX - group * operands.Blocks) * own;
        int channel = Grid.IdxY * width, dim = IntrinsicMath.Max(operands.DimQk, operands.DimV);
        TVariant at = variant;
        at.Bind(group);
        int last = at.Keys - 1;
        if (t < own)
        {
            int token = IntrinsicMath.Min(first + t, last);
            rows[t] = at.KeyAt(token);
            valueRows[t] = at.ValueAt(token);
            places[t] = at.KeyPlace(token);
        }
        Instructions.Barrier();
        int k0 = first + ty, k1 = k0 + step, k2 = k1 + step, k3 = k2 + step;
        var keys = new I4(IntrinsicMath.Min(k0, last), IntrinsicMath.Min(k1, last), IntrinsicMath.Min(k2, last), IntrinsicMath.Min(k3, last));
        var keyPlaces = new I4(places[ty], places[ty + step], places[ty + 2 * step], places[ty + 3 * step]);
        Rows4<TLanes> dk = default, dv = default;
        for (int query = 0; query < at.Queries; query += Others)
        {
            Rows4<Lanes4> s = default, dp = default;
            Instructions.Barrier();
            if (t < Others)
            {
                int token = IntrinsicMath.Min(query + t, at.Queries - 1), statistic = at.StatisticAt(token);
                queryRows[t] = at.QueryAt(token);
                outputs[t] = at.OutputAt(token);
                queryPlaces[t] = at.QueryPlace(token);
                // A row beyond the end weighs exp(−∞) = 0.
                logSumExps[t] = query + t < at.Queries ? operands.LogSumExp[statistic] : float.PositiveInfinity;
                dots[t] = operands.Dots[statistic];
            }
            for (int d = 0; d < dim; d += width)
            {
                Instructions.Barrier();
                // One slice stays there for all queries.
                if (query == 0 || dim > width)
                {
                    AttentionTile<TLanes>.Load<TAccess>(operands.K, rows, own, own, d, operands.DimQk, threads, sk);
                    AttentionTile<TLanes>.Load<TAccess>(operands.V, valueRows, own, own, d, operands.DimV, threads, sv);
                }
                AttentionTile<TLanes>.Load<TAccess>(operands.Q, queryRows, Others, at.Queries - query, d, operands.DimQk, threads, sq);
                AttentionTile<TLanes>.Load<TAccess>(operands.Dy, outputs, Others, at.Queries - query, d, operands.DimV, threads, sdy);
                Instructions.Barrier();
                s = AttentionTile<TLanes>.Dots(sk, step, sq, ty, tx, s);
                dp = AttentionTile<TLanes>.Dots(sv, step, sdy, ty, tx, dp);
            }
            ScoreColumns p = ScoreColumns.Of(s), ds = ScoreColumns.Of(dp);
            p.C0 = Weights(at, p.C0, keys, keyPlaces, query + tx, queryPlaces[tx], logSumExps[tx]);
            p.C1 = Weights(at, p.C1, keys, keyPlaces, query + tx + 8, queryPlaces[tx + 8], logSumExps[tx + 8]);
            p.C2 = Weights(at, p.C2, keys, keyPlaces, query + tx + 16, queryPlaces[tx + 16], logSumExps[tx + 16]);
            p.C3 = Weights(at, p.C3, keys, keyPlaces, query + tx + 24, queryPlaces[tx + 24], logSumExps[tx + 24]);
            ds.C0 = Gradients(p.C0, ds.C0, dots[tx]);
            ds.C1 = Gradients(p.C1, ds.C1, dots[tx + 8]);
            ds.C2 = Gradients(p.C2, ds.C2, dots[tx + 16]);
            ds.C3 = Gradients(p.C3, ds.C3, dots[tx + 24]);
            ScoreColumns.Share(p, weights, pad, ty, tx);
            Instructions.Barrier();
            if (dim > width)
            {
                AttentionTile<TLanes>.Load<TAccess>(operands.Q, queryRows, Others, at.Queries - query, channel, operands.DimQk, threads, sq);
                AttentionTile<TLanes>.Load<TAccess>(operands.Dy, outputs, Others, at.Queries - query, channel, operands.DimV, threads, sdy);
                Instructions.Barrier();
            }
            dv = AttentionTile<TLanes>.Accumulate(weights, pad, sdy, ty, tx, dv);
            Instructions.Barrier();
            ScoreColumns.Share(ds, weights, pad, ty, tx);
            Instructions.Barrier();
            dk = AttentionTile<TLanes>.Accumulate(weights, pad, sq, ty, tx, dk);
        }
        Store(rows[ty], valueRows[ty], k0, last, channel, tx, dk.R0, dv.R0);
        Store(rows[ty + step], valueRows[ty + step], k1, last, channel, tx, dk.R1, dv.R1);
        Store(rows[ty + 2 * step], valueRows[ty + 2 * step], k2, last, channel, tx, dk.R2, dv.R2);
        Store(rows[ty + 3 * step], valueRows[ty + 3 * step], k3, last, channel, tx, dk.R3, dv.R3);
    }

    private static F4 Weights(TVariant at, F4 s, I4 keys, I4 places, int query, int queryPlace, float logSumExp)
    {
        int q = IntrinsicMath.Min(query, at.Queries - 1);
        return new F4(
            AttentionKernel.Exp(at.Score(s.X, q, keys.X, queryPlace, places.X) - logSumExp),
            AttentionKernel.Exp(at.Score(s.Y, q, keys.Y, queryPlace, places.Y) - logSumExp),
            AttentionKernel.Exp(at.Score(s.Z, q, keys.Z, queryPlace, places.Z) - logSumExp),
            AttentionKernel.Exp(at.Score(s.W, q, keys.W, queryPlace, places.W) - logSumExp));
    }

    private static F4 Gradients(F4 p, F4 dp, float dot) => new(p.X * (dp.X - dot), p.Y * (dp.Y - dot), p.Z * (dp.Z - dot), p.W * (dp.W - dot));

    private void Store(int row, int valueRow, int key, int last, int channel, int tx, TLanes dk, TLanes dv)
    {
        if (key > last)
            return;
        AttentionTile<TLanes>.Store<TAccess>(operands.Dk, row, channel, operands.DimQk, tx, TLanes.Fma(operands.Scale, dk, default));
        AttentionTile<TLanes>.Store<TAccess>(operands.Dv, valueRow, channel, operands.DimV, tx, dv);
    }
}
