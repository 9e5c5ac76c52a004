using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>64 queries down one part of a strip of columns, as in <see cref="AttentionKernel{TIn, TOut, TVariant, TAccess, TReduce}"/>.</summary>
internal readonly struct GridPartialKernel<TLanes, TAccess, TReduce>(GridPartial grid) : IGpuKernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TAccess : struct, IQuadAccess
    where TReduce : struct, IEightThreads
{
    private const int Own = GridPartial.Queries, Step = Own / 4, Pad = Step + 1, Others = GridPartial.Columns;

    public static int GroupSize => 2 * Own;

    public static int GroupsPerMultiprocessor => 3;

    public void Run()
    {
        ArrayView<F4> sq = SharedMemory.Allocate<F4>(Own * (8 * TLanes.Quads + 1)), sf = SharedMemory.Allocate<F4>(Others * (8 * TLanes.Quads + 1));
        ArrayView<F4> weights = SharedMemory.Allocate<F4>(Others * Pad);
        ArrayView<int> queryRows = SharedMemory.Allocate<int>(Own), pixelRows = SharedMemory.Allocate<int>(Others);
        ArrayView<float> scales = SharedMemory.Allocate<float>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, width = AttentionTile<TLanes>.Width, channel = Grid.IdxY * width;
        int strip = Grid.IdxX / grid.Parts, part = Grid.IdxX - strip * grid.Parts, block = strip / grid.Strips, image = block / grid.Blocks;
        int column = (strip - block * grid.Strips) * Others, first = image * grid.Nq, last = first + grid.Nq - 1;
        int q0 = first + (block - image * grid.Blocks) * Own + ty, q1 = q0 + Step, q2 = q1 + Step, q3 = q2 + Step;
        var queries = new I4(IntrinsicMath.Min(q0, last), IntrinsicMath.Min(q1, last), IntrinsicMath.Min(q2, last), IntrinsicMath.Min(q3, last));
        if (t < Own)
            queryRows[t] = IntrinsicMath.Min(first + (block - image * grid.Blocks) * Own + t, last) * grid.Channels;
        F4 s0 = ColumnScores(queries, column + tx), s1 = ColumnScores(queries, column + tx + 8);
        F4 s2 = ColumnScores(queries, column + tx + 16), s3 = ColumnScores(queries, column + tx + 24);
        Rows4<TLanes> y = default;
        ScoreColumns columnWeights = default;
        RunningSoftmax<TReduce> softmax = RunningSoftmax<TReduce>.Start;
        int start = (int)((long)part * grid.H / grid.Parts), end = (int)((long)(part + 1) * grid.H / grid.Parts);
        for (int row = start; row < end; row++)
        {
            int line = (image * grid.H + row) * grid.W;
            Rows4<Lanes4> dots = default;
            Instructions.Barrier();
            if (t < Others)
            {
                int pixel = line + IntrinsicMath.Min(column + t, grid.W - 1);
                pixelRows[t] = pixel * grid.Channels;
                scales[t] = grid.Scales[pixel];
            }
            Instructions.Barrier();
            for (int d = 0; d < grid.Channels; d += width)
            {
                if (d > 0)
                    Instructions.Barrier();
                // One slice stays there for all pixels.
                if (row == start || grid.Channels > width)
                    AttentionTile<TLanes>.Load<TAccess>(grid.Q, queryRows, Own, Own, d, grid.Channels, GroupSize, sq);
                AttentionTile<TLanes>.Load<TAccess>(grid.Features, pixelRows, Others, grid.W - column, d, grid.Channels, GroupSize, sf);
                Instructions.Barrier();
                dots = AttentionTile<TLanes>.Dots(sq, Step, sf, ty, tx, dots);
            }
            var rowScores = new F4(
                grid.RowScores[queries.X * grid.H + row], grid.RowScores[queries.Y * grid.H + row],
                grid.RowScores[queries.Z * grid.H + row], grid.RowScores[queries.W * grid.H + row]);
            ScoreColumns c = ScoreColumns.Of(dots);
            c.C0 = Scores(c.C0, rowScores, s0, scales[tx]);
            c.C1 = Scores(c.C1, rowScores, s1, scales[tx + 8]);
            c.C2 = Scores(c.C2, rowScores, s2, scales[tx + 16]);
            c.C3 = Scores(c.C3, rowScores, s3, scales[tx + 24]);
            softmax = RunningSoftmax<TReduce>.Of(c, softmax, weights);
            c.C0 = F4.Fma(scales[tx], softmax.Weights.C0, default);
            c.C1 = F4.Fma(scales[tx + 8], softmax.Weights.C1, default);
            c.C2 = F4.Fma(scales[tx + 16], softmax.Weights.C2, default);
            c.C3 = F4.Fma(scales[tx + 24], softmax.Weights.C3, default);
            F4 rowWeight = TReduce.Sum(ScoreColumns.Sum(c), weights), max = softmax.Max;
            if (tx == 0 && channel == 0)
                grid.RowWeights.Cast<F4>()[(strip * grid.H + row) * Step + ty] =
                    new F4(max.X + Log(rowWeight.X), max.Y + Log(rowWeight.Y), max.Z + Log(rowWeight.Z), max.W + Log(rowWeight.W));
            columnWeights.C0 = F4.Fma(columnWeights.C0, softmax.Shrink, c.C0);
            columnWeights.C1 = F4.Fma(columnWeights.C1, softmax.Shrink, c.C1);
            columnWeights.C2 = F4.Fma(columnWeights.C2, softmax.Shrink, c.C2);
            columnWeights.C3 = F4.Fma(columnWeights.C3, softmax.Shrink, c.C3);
            ScoreColumns.Share(c, weights, Pad, ty, tx);
            y = AttentionTile<TLanes>.Scale(softmax.Shrink, y);
            Instructions.Barrier();
            if (grid.Channels > width)
            {
                AttentionTile<TLanes>.Load<TAccess>(grid.Features, pixelRows, Others, grid.W - column, channel, grid.Channels, GroupSize, sf);
                Instructions.Barrier();
            }
            y = AttentionTile<TLanes>.Accumulate(weights, Pad, sf, ty, tx, y);
        }
        Store(y, columnWeights, softmax, channel);
    }

    private void Store(Rows4<TLanes> y, ScoreColumns columnWeights, RunningSoftmax<TReduce> softmax, int channel)
    {
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, output = (Grid.IdxX * Own + ty) * grid.Channels;
        AttentionTile<TLanes>.Store<TAccess>(grid.Outputs, output, channel, grid.Channels, tx, y.R0);
        AttentionTile<TLanes>.Store<TAccess>(grid.Outputs, output + Step * grid.Channels, channel, grid.Channels, tx, y.R1);
        AttentionTile<TLanes>.Store<TAccess>(grid.Outputs, output + 2 * Step * grid.Channels, channel, grid.Channels, tx, y.R2);
        AttentionTile<TLanes>.Store<TAccess>(grid.Outputs, output + 3 * Step * grid.Channels, channel, grid.Channels, tx, y.R3);
        if (channel != 0)
            return;
        ArrayView<F4> columns = grid.ColumnWeights.Cast<F4>();
        columns[4 * Grid.IdxX * GroupSize + t] = columnWeights.C0;
        columns[(4 * Grid.IdxX + 1) * GroupSize + t] = columnWeights.C1;
        columns[(4 * Grid.IdxX + 2) * GroupSize + t] = columnWeights.C2;
        columns[(4 * Grid.IdxX + 3) * GroupSize + t] = columnWeights.C3;
        if (tx != 0)
            return;
        grid.Maxima.Cast<F4>()[Grid.IdxX * Step + ty] = softmax.Max;
        grid.Sums.Cast<F4>()[Grid.IdxX * Step + ty] = softmax.Sum;
    }

    // What a column makes of four queries: −∞ of one beyond the end.
    private F4 ColumnScores(I4 queries, int column) => column >= grid.W
        ? F4.Broadcast(float.NegativeInfinity)
        : new F4(
            grid.ColumnScores[queries.X * grid.W + column], grid.ColumnScores[queries.Y * grid.W + column],
            grid.ColumnScores[queries.Z * grid.W + column], grid.ColumnScores[queries.W * grid.W + column]);

    private static F4 Scores(F4 dots, F4 row, F4 column, float scale) => new(
        (dots.X + row.X + column.X) * scale, (dots.Y + row.Y + column.Y) * scale, (dots.Z + row.Z + column.Z) * scale, (dots.W + row.W + column.W) * scale);

    private static float Log(float x) => VectorMath<LaneMath, float>.Log(x);
}
