using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// dq = scale · dS·k of a block of queries, with P = exp(scores − log-sum-exp) and dS = P ∘ (dy·vᵀ − D), over tiles of 32 keys. A group makes a slice of
/// the channels of dq for the items of one part, in order. No sum goes over threads.
/// </summary>
internal readonly struct AttentionQueriesKernel<TLanes, TBlock, TVariant, TBias, TAccess>(AttentionGradientOperands operands, TVariant variant) : IGpuKernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TBlock : struct, IAttentionBlock
    where TVariant : struct, IAttentionVariant
    where TBias : struct, IBiasGradient
    where TAccess : struct, IQuadAccess
{
    private const int Others = AttentionTile<TLanes>.Others;

    public static int GroupSize => 2 * TBlock.Rows;

    public static int GroupsPerMultiprocessor => TBlock.GroupsPerMultiprocessor;

    public void Run()
    {
        int own = TBlock.Rows, step = own / 4, pad = step + 1, threads = 2 * own, width = AttentionTile<TLanes>.Width;
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1));
        ArrayView<F4> sdy = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1));
        ArrayView<F4> sk = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1)), sv = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1));
        ArrayView<F4> weights = SharedMemory.Allocate<F4>(Others * (TBlock.Rows / 4 + 1));
        ArrayView<int> rows = SharedMemory.Allocate<int>(TBlock.Rows), outputs = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> places = SharedMemory.Allocate<int>(TBlock.Rows), statistics = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> keyRows = SharedMemory.Allocate<int>(Others), valueRows = SharedMemory.Allocate<int>(Others);
        ArrayView<int> keyPlaces = SharedMemory.Allocate<int>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3;
        int rest = Grid.IdxX / operands.Blocks, block = Grid.IdxX - rest * operands.Blocks, first = block * own;
        int part = rest / operands.Heads, head = rest - part * operands.Heads, channel = Grid.IdxY * width;
        int start = (int)((long)part * operands.Items / operands.Parts), end = (int)((long)(part + 1) * operands.Items / operands.Parts);
        int dim = IntrinsicMath.Max(operands.DimQk, operands.DimV);
        TVariant at = variant;
        int last = at.Queries - 1, tiles = (at.Keys + Others - 1) / Others;
        for (int item = start; item < end; item++)
        {
            at.Bind(item * operands.Heads + head);
            Instructions.Barrier();
            if (t < own)
            {
                int token = IntrinsicMath.Min(first + t, last);
                rows[t] = at.QueryAt(token);
                outputs[t] = at.OutputAt(token);
                places[t] = at.QueryPlace(token);
                statistics[t] = at.StatisticAt(token);
            }
            Instructions.Barrier();
            int q0 = first + ty, q1 = q0 + step, q2 = q1 + step, q3 = q2 + step;
            var queries = new I4(IntrinsicMath.Min(q0, last), IntrinsicMath.Min(q1, last), IntrinsicMath.Min(q2, last), IntrinsicMath.Min(q3, last));
            var queryPlaces = new I4(places[ty], places[ty + step], places[ty + 2 * step], places[ty + 3 * step]);
            int s0 = statistics[ty], s1 = statistics[ty + step], s2 = statistics[ty + 2 * step], s3 = statistics[ty + 3 * step];
            var logSumExp = new F4(operands.LogSumExp[s0], operands.LogSumExp[s1], operands.LogSumExp[s2], operands.LogSumExp[s3]);
            var dots = new F4(operands.Dots[s0], operands.Dots[s1], operands.Dots[s2], operands.Dots[s3]);
            Rows4<TLanes> dq = default;
            for (int tile = 0; tile < tiles; tile++)
            {
                int key = tile * Others;
                Rows4<Lanes4> s = default, dp = default;
                Instructions.Barrier();
                if (t < Others)
                {
                    int token = IntrinsicMath.Min(key + t, at.Keys - 1);
                    keyRows[t] = at.KeyAt(token);
                    valueRows[t] = at.ValueAt(token);
                    keyPlaces[t] = at.KeyPlace(token);
                }
                for (int d = 0; d < dim; d += width)
                {
                    Instructions.Barrier();
                    // One slice stays there for all keys.
                    if (tile == 0 || dim > width)
                    {
                        AttentionTile<TLanes>.Load<TAccess>(operands.Q, rows, own, own, d, operands.DimQk, threads, sq);
                        AttentionTile<TLanes>.Load<TAccess>(operands.Dy, outputs, own, own, d, operands.DimV, threads, sdy);
                    }
                    AttentionTile<TLanes>.Load<TAccess>(operands.K, keyRows, Others, at.Keys - key, d, operands.DimQk, threads, sk);
                    AttentionTile<TLanes>.Load<TAccess>(operands.V, valueRows, Others, at.Keys - key, d, operands.DimV, threads, sv);
                    Instructions.Barrier();
                    s = AttentionTile<TLanes>.Dots(sq, step, sk, ty, tx, s);
                    dp = AttentionTile<TLanes>.Dots(sdy, step, sv, ty, tx, dp);
                }
                ScoreColumns c = ScoreColumns.Of(s), dc = ScoreColumns.Of(dp);
                c.C0 = Gradients(at, c.C0, dc.C0, queries, queryPlaces, key + tx, keyPlaces[tx], logSumExp, dots);
                c.C1 = Gradients(at, c.C1, dc.C1, queries, queryPlaces, key + tx + 8, keyPlaces[tx + 8], logSumExp, dots);
                c.C2 = Gradients(at, c.C2, dc.C2, queries, queryPlaces, key + tx + 16, keyPlaces[tx + 16], logSumExp, dots);
                c.C3 = Gradients(at, c.C3, dc.C3, queries, queryPlaces, key + tx + 24, keyPlaces[tx + 24], logSumExp, dots);
                if (channel == 0)
                    AddBias(c, 4 * threads * ((rest * operands.Blocks + block) * tiles + tile) + t, item == start);
                ScoreColumns.Share(c, weights, pad, ty, tx);
                Instructions.Barrier();
                if (dim > width)
                {
                    AttentionTile<TLanes>.Load<TAccess>(operands.K, keyRows, Others, at.Keys - key, channel, operands.DimQk, threads, sk);
                    Instructions.Barrier();
                }
                dq = AttentionTile<TLanes>.Accumulate(weights, pad, sk, ty, tx, dq);
            }
            Store(rows[ty], q0, last, channel, tx, dq.R0);
            Store(rows[ty + step], q1, last, channel, tx, dq.R1);
            Store(rows[ty + 2 * step], q2, last, channel, tx, dq.R2);
            Store(rows[ty + 3 * step], q3, last, channel, tx, dq.R3);
        }
    }

    private void AddBias(ScoreColumns c, int at, bool isFirst)
    {
        ArrayView<F4> strips = operands.Strips.Cast<F4>();
        TBias.Add(strips, at, isFirst, c.C0);
        TBias.Add(strips, at + GroupSize, isFirst, c.C1);
        TBias.Add(strips, at + 2 * GroupSize, isFirst, c.C2);
        TBias.Add(strips, at + 3 * GroupSize, isFirst, c.C3);
    }

    private static F4 Gradients(TVariant at, F4 s, F4 dp, I4 queries, I4 places, int key, int keyPlace, F4 logSumExp, F4 dots)
    {
        if (key >= at.Keys)
            return default;
        return new F4(
            AttentionKernel.Exp(at.Score(s.X, queries.X, key, places.X, keyPlace) - logSumExp.X) * (dp.X - dots.X),
            AttentionKernel.Exp(at.Score(s.Y, queries.Y, key, places.Y, keyPlace) - logSumExp.Y) * (dp.Y - dots.Y),
            AttentionKernel.Exp(at.Score(s.Z, queries.Z, key, places.Z, keyPlace) - logSumExp.Z) * (dp.Z - dots.Z),
            AttentionKernel.Exp(at.Score(s.W, queries.W, key, places.W, keyPlace) - logSumExp.W) * (dp.W - dots.W));
    }

    private void Store(int row, int query, int last, int channel, int tx, TLanes dq)
    {
        if (query <= last)
            AttentionTile<TLanes>.Store<TAccess>(operands.Dq, row, channel, operands.DimQk, tx, TLanes.Fma(operands.Scale, dq, default));
    }
}
