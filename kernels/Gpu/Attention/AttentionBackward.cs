using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void AttentionBackward(in AttentionBackwardCall call)
    {
        AttentionShape s = call.Shape;
        CheckSizes(s);
        int groups = s.B * s.Heads;
        using var dots = new GpuScratch(device, s.Rows);
        RowDots(call.Y, call.Dy, dots.View, s.B, s.Nq, s.Heads, s.DimV);
        var operands = new AttentionGradientOperands
        {
            Q = Floats(call.Q),
            K = Floats(call.K),
            V = Floats(call.V),
            LogSumExp = Floats(call.LogSumExp),
            Dy = Floats(call.Dy),
            Dots = dots.View,
            Dq = Floats(call.Dq),
            Dk = Floats(call.Dk),
            Dv = Floats(call.Dv),
            Strips = dots.View,
            Scale = s.Scale,
            DimQk = s.DimQk,
            DimV = s.DimV,
            Heads = s.Heads,
            Items = s.B,
            Parts = s.B,
        };
        using MaskRows mask = RowsOf(call.MaskKind, call.Mask, s);
        switch (call.MaskKind)
        {
            case AttentionMask.None:
                Backward<SeparateAttention<NoMask>, NoBiasGradient>(operands, groups, new SeparateAttention<NoMask>(s, mask.View));
                break;
            case AttentionMask.Keys:
                Backward<SeparateAttention<KeysMask>, NoBiasGradient>(operands, groups, new SeparateAttention<KeysMask>(s, mask.View));
                break;
            default:
                Backward<SeparateAttention<FullMask>, NoBiasGradient>(operands, groups, new SeparateAttention<FullMask>(s, mask.View));
                break;
        }
    }

    /// <summary>D = Σ y·dy of every row and head: (B,Tokens,Heads·Dim) twice → (B,Heads,Tokens).</summary>
    private void RowDots(DeviceBuffer y, DeviceBuffer dy, ArrayView<float> dots, int images, int tokens, int heads, int dim)
    {
        int rows = checked(images * tokens * heads);
        device.Run(new RowDotsKernel(Floats(y), Floats(dy), dots, tokens, heads, dim, rows), Groups(rows, RowReduce<Threads8>.Rows));
    }

    private void Backward<TVariant, TBias>(in AttentionGradientOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
        where TBias : struct, IBiasGradient
    {
        if (operands.DimQk % 4 == 0 && operands.DimV % 4 == 0)
            Backward<TVariant, TBias, WholeQuads>(operands, groups, variant);
        else
            Backward<TVariant, TBias, SingleFloats>(operands, groups, variant);
    }

    private void Backward<TVariant, TBias, TAccess>(in AttentionGradientOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
        where TBias : struct, IBiasGradient
        where TAccess : struct, IQuadAccess
    {
        if (HasWideGradients(operands.DimQk, operands.DimV))
            Backward<Twice<Lanes4>, Block32, TVariant, TBias, TAccess>(operands, groups, variant);
        else
            Backward<Lanes4, Block64, TVariant, TBias, TAccess>(operands, groups, variant);
    }

    /// <summary>
    /// Whether blocks have 32 rows of 64 channels: then everything of a row is in shared memory at once. Otherwise they have 64 rows of 32 channels, and
    /// of more channels, slices of the gradients are made, each with the scores again.
    /// </summary>
    private bool HasWideGradients(int dimQk, int dimV) => Math.Max(dimQk, dimV) is > 32 and <= 64 && device.SharedBytes >= 48 << 10;

    private void Backward<TLanes, TBlock, TVariant, TBias, TAccess>(AttentionGradientOperands operands, int groups, TVariant variant)
        where TLanes : unmanaged, ILanes<TLanes>
        where TBlock : struct, IAttentionBlock
        where TVariant : struct, IAttentionVariant
        where TBias : struct, IBiasGradient
        where TAccess : struct, IQuadAccess
    {
        int slices = (int)Groups(Math.Max(operands.DimQk, operands.DimV), AttentionTile<TLanes>.Width);
        operands.Blocks = (int)Groups(variant.Queries, TBlock.Rows);
        device.Run(
            new AttentionQueriesKernel<TLanes, TBlock, TVariant, TBias, TAccess>(operands, variant),
            (long)operands.Blocks * operands.Parts * operands.Heads, (int)Groups(operands.DimQk, AttentionTile<TLanes>.Width));
        operands.Blocks = (int)Groups(variant.Keys, TBlock.Rows);
        device.Run(new AttentionKeysKernel<TLanes, TBlock, TVariant, TAccess>(operands, variant), (long)operands.Blocks * groups, slices);
    }
}

/// <summary>What the backward kernels of an attention read and write.</summary>
internal struct AttentionGradientOperands
{
    public ArrayView<float> Q, K, V, LogSumExp, Dy, Dots, Dq, Dk, Dv, Strips;
    public float Scale;
    public int DimQk, DimV, Heads;

    /// <summary>Groups are Items · Heads; for the bias gradient items are summed in so many parts.</summary>
    public int Items, Parts;

    /// <summary>Blocks of rows that a kernel has of each group.</summary>
    public int Blocks;
}

/// <summary>Rows of its own that a group of threads has; its threads are two a row.</summary>
internal interface IAttentionBlock
{
    static abstract int Rows { get; }
}

internal readonly struct Block64 : IAttentionBlock
{
    public static int Rows => 64;
}

internal readonly struct Block32 : IAttentionBlock
{
    public static int Rows => 32;
}

/// <summary>What becomes of the scores' gradients beside dq.</summary>
internal interface IBiasGradient
{
    /// <summary>Adds four of them to an element that only this thread has.</summary>
    static abstract void Add(ArrayView<F4> strips, int at, bool isFirst, F4 gradients);
}

internal readonly struct NoBiasGradient : IBiasGradient
{
    public static void Add(ArrayView<F4> strips, int at, bool isFirst, F4 gradients)
    {
    }
}

/// <summary>D = Σ y·dy of a row and head, eight threads each.</summary>
internal readonly struct RowDotsKernel(ArrayView<float> y, ArrayView<float> dy, ArrayView<float> dots, int tokens, int heads, int dim, int rows) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads8>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads8>.GroupSize);
        int row = RowReduce<Threads8>.Row, lane = RowReduce<Threads8>.Lane;
        float sum = 0f;
        if (row < rows)
            for (int d = lane; d < dim; d += Threads8.Count)
                sum = Instructions.Fma(y[row * dim + d], dy[row * dim + d], sum);
        sum = RowReduce<Threads8>.All<float, FloatSum>(sum, scratch);
        if (row >= rows || lane != 0)
            return;
        int token = row / heads, head = row - token * heads, image = token / tokens;
        dots[(image * heads + head) * tokens + token - image * tokens] = sum;
    }
}

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

    public static int GroupsPerMultiprocessor => 256 / TBlock.Rows - (TBlock.Rows == 32 ? 2 : 0);

    public void Run()
    {
        int own = TBlock.Rows, step = own / 4, pad = step + 1, threads = 2 * own, width = AttentionTile<TLanes>.Width;
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1)), sdy = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1));
        ArrayView<F4> sk = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1)), sv = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1));
        ArrayView<F4> weights = SharedMemory.Allocate<F4>(Others * (TBlock.Rows / 4 + 1));
        ArrayView<int> rows = SharedMemory.Allocate<int>(TBlock.Rows), outputs = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> places = SharedMemory.Allocate<int>(TBlock.Rows), statistics = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> keyRows = SharedMemory.Allocate<int>(Others), valueRows = SharedMemory.Allocate<int>(Others), keyPlaces = SharedMemory.Allocate<int>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3;
        int rest = Grid.IdxX / operands.Blocks, block = Grid.IdxX - rest * operands.Blocks, first = block * own;
        int part = rest / operands.Heads, head = rest - part * operands.Heads, channel = Grid.IdxY * width;
        int start = (int)((long)part * operands.Items / operands.Parts), end = (int)((long)(part + 1) * operands.Items / operands.Parts);
        int dim = IntrinsicMath.Max(operands.DimQk, operands.DimV);
        TVariant at = variant;
        int last = at.Queries - 1, tiles = (at.Keys + Others - 1) / Others;
        ArrayView<F4> strips = operands.Strips.Cast<F4>();
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
                {
                    int strip = 4 * threads * ((rest * operands.Blocks + block) * tiles + tile) + t;
                    TBias.Add(strips, strip, item == start, c.C0);
                    TBias.Add(strips, strip + threads, item == start, c.C1);
                    TBias.Add(strips, strip + 2 * threads, item == start, c.C2);
                    TBias.Add(strips, strip + 3 * threads, item == start, c.C3);
                }
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

    public static int GroupsPerMultiprocessor => 256 / TBlock.Rows - (TBlock.Rows == 32 ? 2 : 0);

    public void Run()
    {
        int own = TBlock.Rows, step = own / 4, pad = step + 1, threads = 2 * own, width = AttentionTile<TLanes>.Width;
        ArrayView<F4> sk = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1)), sv = SharedMemory.Allocate<F4>(TBlock.Rows * (8 * TLanes.Quads + 1));
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1)), sdy = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1));
        ArrayView<F4> weights = SharedMemory.Allocate<F4>(Others * (TBlock.Rows / 4 + 1));
        ArrayView<int> rows = SharedMemory.Allocate<int>(TBlock.Rows), valueRows = SharedMemory.Allocate<int>(TBlock.Rows), places = SharedMemory.Allocate<int>(TBlock.Rows);
        ArrayView<int> queryRows = SharedMemory.Allocate<int>(Others), outputs = SharedMemory.Allocate<int>(Others), queryPlaces = SharedMemory.Allocate<int>(Others);
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
