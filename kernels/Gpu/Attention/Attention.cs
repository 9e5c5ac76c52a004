using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Attention(in AttentionCall call)
    {
        AttentionShape s = call.Shape;
        var operands = new AttentionOperands
        {
            Q = Floats(call.Q),
            K = Floats(call.K),
            V = Floats(call.V),
            Y = Floats(call.Y),
            LogSumExp = Floats(OrAbsent(call.LogSumExp)),
            HasLogSumExp = call.LogSumExp is null ? 0 : 1,
            DimQk = s.DimQk,
            DimV = s.DimV,
        };
        CheckSizes(s);
        using MaskRows mask = RowsOf(call.MaskKind, call.Mask, s);
        switch (call.MaskKind)
        {
            case AttentionMask.None:
                Forward(operands, s.B * s.Heads, new SeparateAttention<NoMask>(s, mask.View));
                break;
            case AttentionMask.Keys:
                Forward(operands, s.B * s.Heads, new SeparateAttention<KeysMask>(s, mask.View));
                break;
            default:
                Forward(operands, s.B * s.Heads, new SeparateAttention<FullMask>(s, mask.View));
                break;
        }
    }

    // Places of rows are 32-bit numbers in these kernels.
    private static void CheckSizes(in AttentionShape s) => _ = checked((int)Math.Max(Math.Max(s.Queries, s.Keys), Math.Max(s.Values, s.Outputs)));

    /// <summary>The mask of a call with what holds of its rows, which a kernel finds out first.</summary>
    private MaskRows RowsOf(AttentionMask kind, DeviceBuffer? mask, in AttentionShape s)
    {
        ArrayView<byte> bytes = Bytes(OrAbsent(mask));
        if (kind == AttentionMask.None)
            return new MaskRows(null, new AttentionMaskView { Blocked = bytes, Holds = Bytes(OrAbsent(null)).Cast<int>() });
        int rows = kind == AttentionMask.Keys ? s.B : checked(s.B * s.Nq);
        DeviceBuffer buffer = device.Allocate(rows * sizeof(int));
        ArrayView<int> holds = Bytes(buffer).Cast<int>();
        device.Run(new MaskRowsKernel(bytes, holds, s.Nk), rows);
        return new MaskRows(buffer, new AttentionMaskView { Blocked = bytes, Holds = holds, Queries = s.Nq, Keys = s.Nk });
    }

    private void Forward<TVariant>(in AttentionOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
    {
        if (operands.InQuads)
            Forward<TVariant, WholeQuads>(operands, groups, variant);
        else
            Forward<TVariant, SingleFloats>(operands, groups, variant);
    }

    // Up to 64 channels everything of a query and a key is in shared memory at once. Of more, or where there is little shared memory, slices of the
    // output are made, each with the scores again.
    private void Forward<TVariant, TAccess>(in AttentionOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
        where TAccess : struct, IQuadAccess
    {
        int dim = Math.Max(operands.DimQk, operands.DimV);
        if (dim <= 32 || device.SharedBytes < 48 << 10)
            Forward<Lanes4, Lanes4, TVariant, TAccess>(operands, groups, variant);
        else if (dim <= 64)
            Forward<Twice<Lanes4>, Twice<Lanes4>, TVariant, TAccess>(operands, groups, variant);
        else
            Forward<Lanes4, Twice<Twice<Lanes4>>, TVariant, TAccess>(operands, groups, variant);
    }

    private void Forward<TIn, TOut, TVariant, TAccess>(in AttentionOperands operands, int groups, TVariant variant)
        where TIn : unmanaged, ILanes<TIn>
        where TOut : unmanaged, ILanes<TOut>
        where TVariant : struct, IAttentionVariant
        where TAccess : struct, IQuadAccess
    {
        int blocks = (int)Groups(variant.Queries, AttentionKernel.Queries), slices = (int)Groups(operands.DimV, AttentionTile<TOut>.Width);
        if (device.HasWarps)
            device.Run(new AttentionKernel<TIn, TOut, TVariant, TAccess, WarpLanes>(operands, blocks, variant), (long)blocks * groups, slices);
        else
            device.Run(new AttentionKernel<TIn, TOut, TVariant, TAccess, SharedRows>(operands, blocks, variant), (long)blocks * groups, slices);
    }

    private readonly struct MaskRows(DeviceBuffer? holds, AttentionMaskView view) : IDisposable
    {
        public AttentionMaskView View => view;

        public void Dispose() => holds?.Release();
    }
}

/// <summary>What an attention reads and writes.</summary>
internal struct AttentionOperands
{
    public ArrayView<float> Q, K, V, Y, LogSumExp;
    public int HasLogSumExp, DimQk, DimV;

    /// <summary>Whether every row begins at a multiple of four elements and is as long.</summary>
    public readonly bool InQuads => DimQk % 4 == 0 && DimV % 4 == 0;
}

/// <summary>Whether a row of a mask leaves any key open: only then it holds. A group of threads has a row.</summary>
internal readonly struct MaskRowsKernel(ArrayView<byte> blocked, ArrayView<int> holds, int keys) : IGpuKernel
{
    public static int GroupSize => 128;

    public void Run()
    {
        ArrayView<int> open = SharedMemory.Allocate<int>(128);
        int t = Group.IdxX, found = 0;
        long row = (long)Grid.IdxX * keys;
        for (int i = t; i < keys; i += 128)
            found |= blocked[row + i] == 0 ? 1 : 0;
        open[t] = found;
        for (int half = 64; half > 0; half >>= 1)
        {
            Instructions.Barrier();
            if (t < half)
                open[t] |= open[t + half];
        }
        if (t == 0)
            holds[Grid.IdxX] = open[0];
    }
}

internal static class AttentionKernel
{
    /// <summary>Queries of a group of threads.</summary>
    public const int Queries = 64;

    /// <summary>Where a running maximum starts: finite, so that a block of blocked keys weighs nothing, and makes no NaN.</summary>
    public const float Lowest = -1e30f;

    public static F4 Exp(F4 x, F4 max) => new(Exp(x.X - max.X), Exp(x.Y - max.Y), Exp(x.Z - max.Z), Exp(x.W - max.W));

    public static float Exp(float x) => VectorMath<LaneMath, float>.Exp(x);
}

/// <summary>
/// y = softmax(scores)·v of 64 queries, over tiles of 32 keys: y, the sum of the weights and the maximum of the scores run along and are brought to the
/// new maximum at each tile. Scores are summed over slices of TIn channels; a group makes a slice of TOut channels of y.
/// </summary>
internal readonly struct AttentionKernel<TIn, TOut, TVariant, TAccess, TReduce>(AttentionOperands operands, int blocks, TVariant variant) : IGpuKernel
    where TIn : unmanaged, ILanes<TIn>
    where TOut : unmanaged, ILanes<TOut>
    where TVariant : struct, IAttentionVariant
    where TAccess : struct, IQuadAccess
    where TReduce : struct, IEightThreads
{
    private const int Own = AttentionKernel.Queries, Step = Own / 4, Pad = Step + 1, Others = AttentionTile<TOut>.Others;

    public static int GroupSize => 2 * Own;

    public static int GroupsPerMultiprocessor => TOut.Quads > 2 ? 3 : 4;

    public void Run()
    {
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(Own * (8 * TIn.Quads + 1)), sk = SharedMemory.Allocate<F4>(Others * (8 * TIn.Quads + 1));
        ArrayView<F4> sv = SharedMemory.Allocate<F4>(Others * (8 * TOut.Quads + 1)), weights = SharedMemory.Allocate<F4>(Others * Pad);
        ArrayView<int> queryRows = SharedMemory.Allocate<int>(Own), queryPlaces = SharedMemory.Allocate<int>(Own);
        ArrayView<int> keyRows = SharedMemory.Allocate<int>(Others), valueRows = SharedMemory.Allocate<int>(Others), keyPlaces = SharedMemory.Allocate<int>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, group = Grid.IdxX / blocks, first = (Grid.IdxX - group * blocks) * Own;
        int channel = Grid.IdxY * AttentionTile<TOut>.Width;
        TVariant at = variant;
        at.Bind(group);
        int last = at.Queries - 1;
        if (t < Own)
        {
            int token = IntrinsicMath.Min(first + t, last);
            queryRows[t] = at.QueryAt(token);
            queryPlaces[t] = at.QueryPlace(token);
        }
        Instructions.Barrier();
        int q0 = first + ty, q1 = q0 + Step, q2 = q1 + Step, q3 = q2 + Step;
        var queries = new I4(IntrinsicMath.Min(q0, last), IntrinsicMath.Min(q1, last), IntrinsicMath.Min(q2, last), IntrinsicMath.Min(q3, last));
        var places = new I4(queryPlaces[ty], queryPlaces[ty + Step], queryPlaces[ty + 2 * Step], queryPlaces[ty + 3 * Step]);
        Rows4<TOut> y = default;
        F4 max = F4.Broadcast(AttentionKernel.Lowest), sum = default;
        for (int key = 0; key < at.Keys; key += Others)
        {
            Instructions.Barrier();
            if (t < Others)
            {
                int token = IntrinsicMath.Min(key + t, at.Keys - 1);
                keyRows[t] = at.KeyAt(token);
                valueRows[t] = at.ValueAt(token);
                keyPlaces[t] = at.KeyPlace(token);
            }
            Instructions.Barrier();
            AttentionTile<TOut>.Load<TAccess>(operands.V, valueRows, Others, at.Keys - key, channel, operands.DimV, GroupSize, sv);
            Rows4<Lanes4> dots = default;
            for (int d = 0; d < operands.DimQk; d += AttentionTile<TIn>.Width)
            {
                if (d > 0)
                    Instructions.Barrier();
                // One slice stays there for all keys.
                if (key == 0 || operands.DimQk > AttentionTile<TIn>.Width)
                    AttentionTile<TIn>.Load<TAccess>(operands.Q, queryRows, Own, Own, d, operands.DimQk, GroupSize, sq);
                AttentionTile<TIn>.Load<TAccess>(operands.K, keyRows, Others, at.Keys - key, d, operands.DimQk, GroupSize, sk);
                Instructions.Barrier();
                dots = AttentionTile<TIn>.Dots(sq, Step, sk, ty, tx, dots);
            }
            ScoreColumns s = ScoreColumns.Of(dots);
            s.C0 = Scores(at, s.C0, queries, places, key + tx, keyPlaces[tx]);
            s.C1 = Scores(at, s.C1, queries, places, key + tx + 8, keyPlaces[tx + 8]);
            s.C2 = Scores(at, s.C2, queries, places, key + tx + 16, keyPlaces[tx + 16]);
            s.C3 = Scores(at, s.C3, queries, places, key + tx + 24, keyPlaces[tx + 24]);
            F4 top = F4.Max(max, TReduce.Max(F4.Max(F4.Max(s.C0, s.C1), F4.Max(s.C2, s.C3)), weights)), shrink = AttentionKernel.Exp(max, top);
            max = top;
            s.C0 = AttentionKernel.Exp(s.C0, top);
            s.C1 = AttentionKernel.Exp(s.C1, top);
            s.C2 = AttentionKernel.Exp(s.C2, top);
            s.C3 = AttentionKernel.Exp(s.C3, top);
            F4 more = TReduce.Sum(F4.Add(F4.Add(s.C0, s.C1), F4.Add(s.C2, s.C3)), weights);
            sum = F4.Fma(sum, shrink, more);
            ScoreColumns.Share(s, weights, Pad, ty, tx);
            y = AttentionTile<TOut>.Scale(shrink, y);
            Instructions.Barrier();
            y = AttentionTile<TOut>.Accumulate(weights, Pad, sv, ty, tx, y);
        }
        Finish(at, q0, channel, tx, y.R0, sum.X, max.X);
        Finish(at, q1, channel, tx, y.R1, sum.Y, max.Y);
        Finish(at, q2, channel, tx, y.R2, sum.Z, max.Z);
        Finish(at, q3, channel, tx, y.R3, sum.W, max.W);
    }

    private static F4 Scores(TVariant at, F4 dots, I4 queries, I4 places, int key, int keyPlace)
    {
        if (key >= at.Keys)
            return F4.Broadcast(float.NegativeInfinity);
        return new F4(
            at.Score(dots.X, queries.X, key, places.X, keyPlace), at.Score(dots.Y, queries.Y, key, places.Y, keyPlace),
            at.Score(dots.Z, queries.Z, key, places.Z, keyPlace), at.Score(dots.W, queries.W, key, places.W, keyPlace));
    }

    private void Finish(TVariant at, int query, int channel, int tx, TOut y, float sum, float max)
    {
        if (query >= at.Queries)
            return;
        AttentionTile<TOut>.Store<TAccess>(operands.Y, at.OutputAt(query), channel, operands.DimV, tx, TOut.Fma(1f / sum, y, default));
        if (tx == 0 && channel == 0 && operands.HasLogSumExp != 0)
            operands.LogSumExp[at.StatisticAt(query)] = max + VectorMath<LaneMath, float>.Log(sum);
    }
}
