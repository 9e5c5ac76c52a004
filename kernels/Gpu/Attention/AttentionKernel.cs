using ILGPU;

namespace SspNative.Kernels.Gpu;

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
/// new maximum at each tile. Scores are summed over slices of TIn channels; a group makes a slice of TOut channels of y. A thread has eight queries, since
/// a tile of 8×4 scores needs a quarter fewer loads from shared memory than two of 4×4. Where there are few queries the keys are split between groups, which
/// leave sums for <see cref="AttentionMergeKernel{TVariant}"/>.
/// </summary>
internal readonly struct AttentionKernel<TIn, TOut, TVariant, TAccess, TReduce>(AttentionOperands operands, int blocks, TVariant variant) : IGpuKernel
    where TIn : unmanaged, ILanes<TIn>
    where TOut : unmanaged, ILanes<TOut>
    where TVariant : struct, IAttentionVariant
    where TAccess : struct, IQuadAccess
    where TReduce : struct, IEightThreads
{
    private const int Own = AttentionKernel.Queries, Step = Own / 8, Pad = 2 * Step + 1, Others = AttentionTile<TOut>.Others;

    public static int GroupSize => Own;

    public static int GroupsPerMultiprocessor => TOut.Quads > 2 ? 4 : 6;

    public void Run()
    {
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(Own * (8 * TIn.Quads + 1)), sk = SharedMemory.Allocate<F4>(Others * (8 * TIn.Quads + 1));
        ArrayView<F4> sv = SharedMemory.Allocate<F4>(Others * (8 * TOut.Quads + 1)), weights = SharedMemory.Allocate<F4>(Others * Pad);
        ArrayView<int> queryRows = SharedMemory.Allocate<int>(Own), queryPlaces = SharedMemory.Allocate<int>(Own);
        ArrayView<int> keyRows = SharedMemory.Allocate<int>(Others), valueRows = SharedMemory.Allocate<int>(Others);
        ArrayView<int> keyPlaces = SharedMemory.Allocate<int>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, group = Grid.IdxX / blocks, first = (Grid.IdxX - group * blocks) * Own;
        int channel = Grid.IdxY * AttentionTile<TOut>.Width, start = Grid.IdxZ * operands.SplitKeys;
        TVariant at = variant;
        at.Bind(group);
        int token = IntrinsicMath.Min(first + t, at.Queries - 1), end = IntrinsicMath.Min(start + operands.SplitKeys, at.Keys);
        queryRows[t] = at.QueryAt(token);
        queryPlaces[t] = at.QueryPlace(token);
        TwiceRows<Rows4<TOut>, Lanes4, TOut> y = default;
        RunningSoftmax<TReduce> low = RunningSoftmax<TReduce>.Start, high = low;
        for (int key = start; key < end; key += Others)
        {
            Instructions.Barrier();
            if (t < Others)
            {
                token = IntrinsicMath.Min(key + t, end - 1);
                keyRows[t] = at.KeyAt(token);
                valueRows[t] = at.ValueAt(token);
                keyPlaces[t] = at.KeyPlace(token);
            }
            Instructions.Barrier();
            AttentionTile<TOut>.Load<TAccess>(operands.V, valueRows, Others, end - key, channel, operands.DimV, GroupSize, sv);
            TwiceRows<Rows4<Lanes4>, Lanes4, Lanes4> dots = default;
            for (int d = 0; d < operands.DimQk; d += AttentionTile<TIn>.Width)
            {
                if (d > 0)
                    Instructions.Barrier();
                // One slice stays there for all keys.
                if (key == start || operands.DimQk > AttentionTile<TIn>.Width)
                    AttentionTile<TIn>.Load<TAccess>(operands.Q, queryRows, Own, Own, d, operands.DimQk, GroupSize, sq);
                AttentionTile<TIn>.Load<TAccess>(operands.K, keyRows, Others, end - key, d, operands.DimQk, GroupSize, sk);
                Instructions.Barrier();
                dots = AttentionTile<TIn>.Dots(sq, Step, sk, ty, tx, dots);
            }
            low = RunningSoftmax<TReduce>.Of(Scores(at, dots.Low, first + ty, queryPlaces, ty, key, keyPlaces, tx), low, weights);
            high = RunningSoftmax<TReduce>.Of(Scores(at, dots.High, first + ty + 4 * Step, queryPlaces, ty + 4 * Step, key, keyPlaces, tx), high, weights);
            ScoreColumns.Share(low.Weights, weights, Pad, ty, tx);
            ScoreColumns.Share(high.Weights, weights, Pad, ty + Step, tx);
            y.Low = AttentionTile<TOut>.Scale(low.Shrink, y.Low);
            y.High = AttentionTile<TOut>.Scale(high.Shrink, y.High);
            Instructions.Barrier();
            y = AttentionTile<TOut>.Accumulate<TwiceRows<Rows4<TOut>, Lanes4, TOut>, Twice<Lanes4>>(weights, Pad, Step, sv, ty, tx, y);
        }
        Finish(at, group, first + ty, channel, tx, y.Low, low);
        Finish(at, group, first + ty + 4 * Step, channel, tx, y.High, high);
    }

    // Of four queries, from the given one on.
    private static ScoreColumns Scores(
        TVariant at, Rows4<Lanes4> dots, int query, ArrayView<int> queryPlaces, int place, int key, ArrayView<int> keyPlaces, int tx)
    {
        int last = at.Queries - 1;
        var queries = new I4(
            IntrinsicMath.Min(query, last), IntrinsicMath.Min(query + Step, last),
            IntrinsicMath.Min(query + 2 * Step, last), IntrinsicMath.Min(query + 3 * Step, last));
        var places = new I4(queryPlaces[place], queryPlaces[place + Step], queryPlaces[place + 2 * Step], queryPlaces[place + 3 * Step]);
        ScoreColumns s = ScoreColumns.Of(dots);
        s.C0 = Scores(at, s.C0, queries, places, key + tx, keyPlaces[tx]);
        s.C1 = Scores(at, s.C1, queries, places, key + tx + 8, keyPlaces[tx + 8]);
        s.C2 = Scores(at, s.C2, queries, places, key + tx + 16, keyPlaces[tx + 16]);
        s.C3 = Scores(at, s.C3, queries, places, key + tx + 24, keyPlaces[tx + 24]);
        return s;
    }

    private static F4 Scores(TVariant at, F4 dots, I4 queries, I4 places, int key, int keyPlace)
    {
        if (key >= at.Keys)
            return F4.Broadcast(float.NegativeInfinity);
        return new F4(
            at.Score(dots.X, queries.X, key, places.X, keyPlace), at.Score(dots.Y, queries.Y, key, places.Y, keyPlace),
            at.Score(dots.Z, queries.Z, key, places.Z, keyPlace), at.Score(dots.W, queries.W, key, places.W, keyPlace));
    }

    private void Finish(TVariant at, int group, int query, int channel, int tx, Rows4<TOut> y, RunningSoftmax<TReduce> softmax)
    {
        Finish(at, group, query, channel, tx, y.R0, softmax.Sum.X, softmax.Max.X);
        Finish(at, group, query + Step, channel, tx, y.R1, softmax.Sum.Y, softmax.Max.Y);
        Finish(at, group, query + 2 * Step, channel, tx, y.R2, softmax.Sum.Z, softmax.Max.Z);
        Finish(at, group, query + 3 * Step, channel, tx, y.R3, softmax.Sum.W, softmax.Max.W);
    }

    private void Finish(TVariant at, int group, int query, int channel, int tx, TOut y, float sum, float max)
    {
        if (query >= at.Queries)
            return;
        if (operands.Splits > 1)
        {
            int row = Grid.IdxZ * operands.Rows + group * at.Queries + query;
            AttentionTile<TOut>.Store<TAccess>(operands.Partial, row * operands.DimV, channel, operands.DimV, tx, y);
            if (tx != 0 || channel != 0)
                return;
            operands.Sums[row] = sum;
            operands.Maxima[row] = max;
            return;
        }
        AttentionTile<TOut>.Store<TAccess>(operands.Y, at.OutputAt(query), channel, operands.DimV, tx, TOut.Fma(1f / sum, y, default));
        if (tx == 0 && channel == 0 && operands.HasLogSumExp != 0)
            operands.LogSumExp[at.StatisticAt(query)] = max + VectorMath<LaneMath, float>.Log(sum);
    }
}

/// <summary>y and the log-sum-exp from those of the splits of the keys, a thread an element of y.</summary>
internal readonly struct AttentionMergeKernel<TVariant>(AttentionOperands operands, TVariant variant) : IGpuKernel
    where TVariant : struct, IAttentionVariant
{
    public static int GroupSize => 256;

    public void Run()
    {
        int row = Grid.GlobalIndex.X / operands.DimV, channel = Grid.GlobalIndex.X - row * operands.DimV;
        if (row >= operands.Rows)
            return;
        TVariant at = variant;
        int group = row / at.Queries, query = row - group * at.Queries;
        at.Bind(group);
        float max = operands.Maxima[row], sum = 0f, y = 0f;
        for (int split = 1; split < operands.Splits; split++)
            max = LaneMath.Max(max, operands.Maxima[split * operands.Rows + row]);
        for (int split = 0; split < operands.Splits; split++)
        {
            int from = split * operands.Rows + row;
            float shrink = AttentionKernel.Exp(operands.Maxima[from] - max);
            sum = Instructions.Fma(operands.Sums[from], shrink, sum);
            y = Instructions.Fma(operands.Partial[from * operands.DimV + channel], shrink, y);
        }
        operands.Y[at.OutputAt(query) + channel] = y / sum;
        if (channel == 0 && operands.HasLogSumExp != 0)
            operands.LogSumExp[at.StatisticAt(query)] = max + VectorMath<LaneMath, float>.Log(sum);
    }
}
