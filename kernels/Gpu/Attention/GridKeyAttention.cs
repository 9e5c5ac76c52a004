using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <remarks>
/// Σ P·x̂ is Σ w·[f ; R + C] with w = P/σ, less its own mean over channels, and w needs only be summed over rows and columns to meet R and C. The grid is
/// cut into strips of 32 columns, and those into parts of some rows: a group of threads takes 64 queries down one part of a strip, a tile of pixels a row.
/// Then the parts' results are brought to a common maximum and added.
/// </remarks>
internal sealed partial class GpuKernels
{
    // Groups of threads of an image, if the grid is large enough: a number of its own, since it fixes the order of the sums.
    private const int GridGroups = 512;

    public void GridKeyAttention(in GridKeyAttentionCall call)
    {
        GridKeyAttentionShape s = call.Shape;
        int queries = checked(s.B * s.Nq), blocks = (int)Groups(s.Nq, GridPartial.Queries), strips = (int)Groups(s.W, GridPartial.Columns);
        int parts = Math.Clamp(GridGroups / Math.Max(1, blocks * strips), 1, s.H), groups = checked(s.B * blocks * strips * parts);
        int ownQuads = s.B * blocks * GridPartial.Quads;
        using var scales = new GpuScratch<float>(device, (long)s.B * s.H * s.W);
        using var features = new GpuScratch<float>(device, (long)queries * s.Features);
        using var positions = new GpuScratch<float>(device, (long)queries * s.Positions);
        using var rowScores = new GpuScratch<float>(device, (long)queries * s.H);
        using var columnScores = new GpuScratch<float>(device, (long)queries * s.W);
        using var outputs = new GpuScratch<float>(device, (long)groups * GridPartial.Queries * s.Features);
        using var maxima = new GpuScratch<float>(device, (long)groups * GridPartial.Queries);
        using var sums = new GpuScratch<float>(device, (long)groups * GridPartial.Queries);
        using var rowWeights = new GpuScratch<float>(device, (long)s.B * blocks * strips * s.H * GridPartial.Queries);
        using var columnWeights = new GpuScratch<float>(device, (long)groups * GridPartial.Queries * GridPartial.Columns);
        using var totals = new GpuScratch<float>(device, 4L * ownQuads);
        using var weights = new GpuScratch<float>(device, 4L * ownQuads * (s.H + s.W));
        PixelScales(call.Features, call.Rows, call.Columns, scales.View, s.B, s.H, s.W, s.Features, s.Positions, s.Epsilon);
        Centre(call.Q, queries, s.Features, s.Positions, s.Scale, features.View, positions.View);
        PositionScores(positions.View, call.Rows, rowScores.View, s.B, s.Nq, s.H, s.Positions, entriesFirst: false);
        PositionScores(positions.View, call.Columns, columnScores.View, s.B, s.Nq, s.W, s.Positions, entriesFirst: false);
        var partial = new GridPartial
        {
            Q = features.View,
            Features = Floats(call.Features),
            Scales = scales.View,
            RowScores = rowScores.View,
            ColumnScores = columnScores.View,
            Outputs = outputs.View,
            Maxima = maxima.View,
            Sums = sums.View,
            RowWeights = rowWeights.View,
            ColumnWeights = columnWeights.View,
            Nq = s.Nq,
            H = s.H,
            W = s.W,
            Channels = s.Features,
            Blocks = blocks,
            Strips = strips,
            Parts = parts,
        };
        _ = checked((int)(outputs.View.Length + rowWeights.View.Length + columnWeights.View.Length));
        if (s.Features % 4 == 0)
            GridPartials<WholeQuads>(partial, groups);
        else
            GridPartials<SingleFloats>(partial, groups);
        ArrayView<float> y = Floats(call.Y);
        int channels = s.Features + s.Positions;
        device.Run(new GridTotalsKernel(partial, totals.View, ownQuads), Groups(ownQuads, GridTotalsKernel.GroupSize));
        device.Run(
            new GridFeaturesKernel(partial, totals.View, y, channels, queries * s.Features), Groups((long)queries * s.Features, GridFeaturesKernel.GroupSize));
        device.Run(
            new GridWeightsKernel(partial, totals.View, weights.View, ownQuads * (s.H + s.W)),
            Groups((long)ownQuads * (s.H + s.W), GridWeightsKernel.GroupSize));
        device.Run(
            new GridPositionsKernel(weights.View, Floats(call.Rows), Floats(call.Columns), y, s.Nq, s.H, s.W, s.Features, s.Positions, blocks),
            (long)s.B * blocks, (int)Groups(s.Positions, AttentionTile<Lanes4>.Width));
        device.Run(
            new CentreKernel(y, queries, s.Features, s.Positions, 1f, y, channels, y.SubView(s.Features, y.Length - s.Features), channels),
            Groups(queries, RowReduce<Threads8>.Rows));
    }

    private void GridPartials<TAccess>(in GridPartial partial, int groups)
        where TAccess : struct, IQuadAccess
    {
        if (partial.Channels <= 32 || device.SharedBytes < 48 << 10)
            GridPartials<Lanes4, TAccess>(partial, groups);
        else
            GridPartials<Twice<Lanes4>, TAccess>(partial, groups);
    }

    private void GridPartials<TLanes, TAccess>(in GridPartial partial, int groups)
        where TLanes : unmanaged, ILanes<TLanes>
        where TAccess : struct, IQuadAccess
    {
        // Without features there are still weights.
        int slices = Math.Max(1, (int)Groups(partial.Channels, AttentionTile<TLanes>.Width));
        if (device.HasWarps)
            device.Run(new GridPartialKernel<TLanes, TAccess, WarpLanes>(partial), groups, slices);
        else
            device.Run(new GridPartialKernel<TLanes, TAccess, SharedRows>(partial), groups, slices);
    }
}

/// <summary>
/// What groups of threads read of queries and pixels, and what they leave. A group is (image, block of queries, strip, part), the last fastest. Where
/// quads are kept they are of the four queries of a thread, 16 apart.
/// </summary>
internal struct GridPartial
{
    public const int Queries = 64, Columns = AttentionTile<Lanes4>.Others, Quads = Queries / 4;

    /// <summary>Centred queries (B,Nq,Channels), features (B,H,W,Channels), 1/σ (B,H,W), scores (B,Nq,H) and (B,Nq,W).</summary>
    public ArrayView<float> Q, Features, Scales, RowScores, ColumnScores;

    /// <summary>Each group's Σ w·f (64,Channels), quads of maxima (16) and of sums of P under them.</summary>
    public ArrayView<float> Outputs, Maxima, Sums;

    /// <summary>Quads of the logarithm of Σ w of a row within a strip: (image and block, strip, row, 16).</summary>
    public ArrayView<float> RowWeights;

    /// <summary>Each group's quads of Σ w of a column, as its threads had them: (4, 128).</summary>
    public ArrayView<float> ColumnWeights;

    public int Nq, H, W, Channels, Blocks, Strips, Parts;

    /// <summary>The place of the sum of a column's weights.</summary>
    public readonly int ColumnAt(int group, int column, int ty)
    {
        int at = column % Columns;
        return (4 * group + (at >> 3)) * 2 * Queries + ty * 8 + (at & 7);
    }
}

/// <summary>The log-sum-exp of every query over all groups that had it, in quads: (image and block, 16).</summary>
internal readonly struct GridTotalsKernel(GridPartial grid, ArrayView<float> totals, int count) : IGpuKernel
{
    public static int GroupSize => 128;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int block = i / GridPartial.Quads, groups = grid.Strips * grid.Parts, at = block * groups * GridPartial.Quads + i - block * GridPartial.Quads;
        ArrayView<F4> maxima = grid.Maxima.Cast<F4>(), sums = grid.Sums.Cast<F4>();
        F4 max = maxima[at], sum = default;
        for (int g = 1; g < groups; g++)
            max = F4.Max(max, maxima[at + g * GridPartial.Quads]);
        for (int g = 0; g < groups; g++)
            sum = F4.Fma(sums[at + g * GridPartial.Quads], AttentionKernel.Exp(maxima[at + g * GridPartial.Quads], max), sum);
        totals.Cast<F4>()[i] = new F4(max.X + Log(sum.X), max.Y + Log(sum.Y), max.Z + Log(sum.Z), max.W + Log(sum.W));
    }

    private static float Log(float x) => VectorMath<LaneMath, float>.Log(x);
}

/// <summary>Σ w·f over all groups, into the first channels of y.</summary>
internal readonly struct GridFeaturesKernel(GridPartial grid, ArrayView<float> totals, ArrayView<float> y, int channels, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int token = i / grid.Channels, channel = i - token * grid.Channels, image = token / grid.Nq, query = token - image * grid.Nq;
        int block = image * grid.Blocks + query / GridPartial.Queries, row = query % GridPartial.Queries;
        int own = 4 * (row % GridPartial.Quads) + row / GridPartial.Quads, groups = grid.Strips * grid.Parts;
        float total = totals[block * GridPartial.Queries + own], sum = 0f;
        for (int g = block * groups; g < (block + 1) * groups; g++)
            sum = Instructions.Fma(
                grid.Outputs[(g * GridPartial.Queries + row) * grid.Channels + channel],
                AttentionKernel.Exp(grid.Maxima[g * GridPartial.Queries + own] - total), sum);
        y[token * channels + channel] = sum;
    }
}

/// <summary>Σ w of every row, then of every column, in quads: (image and block, H + W, 16).</summary>
internal readonly struct GridWeightsKernel(GridPartial grid, ArrayView<float> totals, ArrayView<float> weights, int count) : IGpuKernel
{
    public static int GroupSize => 128;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int line = i / GridPartial.Quads, ty = i - line * GridPartial.Quads, block = line / (grid.H + grid.W), at = line - block * (grid.H + grid.W);
        F4 total = totals.Cast<F4>()[block * GridPartial.Quads + ty], sum = default;
        if (at < grid.H)
        {
            ArrayView<F4> rows = grid.RowWeights.Cast<F4>();
            for (int strip = 0; strip < grid.Strips; strip++)
                sum = F4.Add(sum, AttentionKernel.Exp(rows[((block * grid.Strips + strip) * grid.H + at) * GridPartial.Quads + ty], total));
        }
        else
        {
            ArrayView<F4> columns = grid.ColumnWeights.Cast<F4>(), maxima = grid.Maxima.Cast<F4>();
            int column = at - grid.H, first = (block * grid.Strips + column / GridPartial.Columns) * grid.Parts;
            for (int g = first; g < first + grid.Parts; g++)
                sum = F4.Fma(columns[grid.ColumnAt(g, column, ty)], AttentionKernel.Exp(maxima[g * GridPartial.Quads + ty], total), sum);
        }
        weights.Cast<F4>()[i] = sum;
    }
}

/// <summary>Weights of rows and columns times their positions, into the last channels of y: 64 queries by 32 channels a group of threads.</summary>
internal readonly struct GridPositionsKernel(
    ArrayView<float> weights, ArrayView<float> rows, ArrayView<float> columns, ArrayView<float> y, int nq, int height, int width, int channels, int positions,
    int blocks) : IGpuKernel
{
    private const int Own = GridPartial.Queries, Step = Own / 4, Pad = Step + 1, Others = AttentionTile<Lanes4>.Others;

    public static int GroupSize => 2 * Own;

    public static int GroupsPerMultiprocessor => 4;

    public void Run()
    {
        ArrayView<F4> shared = SharedMemory.Allocate<F4>(Others * Pad), table = SharedMemory.Allocate<F4>(Others * 9);
        ArrayView<int> tableRows = SharedMemory.Allocate<int>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, image = Grid.IdxX / blocks, first = (Grid.IdxX - image * blocks) * Own;
        int channel = Grid.IdxY * AttentionTile<Lanes4>.Width;
        Rows4<Lanes4> sum = Add(rows, height, 0, channel, shared, table, tableRows, default);
        sum = Add(columns, width, height, channel, shared, table, tableRows, sum);
        int at = (image * nq + first + ty) * (channels + positions) + channels, step = Step * (channels + positions);
        if (first + ty < nq)
            AttentionTile<Lanes4>.Store<SingleFloats>(y, at, channel, positions, tx, sum.R0);
        if (first + ty + Step < nq)
            AttentionTile<Lanes4>.Store<SingleFloats>(y, at + step, channel, positions, tx, sum.R1);
        if (first + ty + 2 * Step < nq)
            AttentionTile<Lanes4>.Store<SingleFloats>(y, at + 2 * step, channel, positions, tx, sum.R2);
        if (first + ty + 3 * Step < nq)
            AttentionTile<Lanes4>.Store<SingleFloats>(y, at + 3 * step, channel, positions, tx, sum.R3);
    }

    // The entries of one of the tables.
    private Rows4<Lanes4> Add(
        ArrayView<float> from, int entries, int firstWeight, int channel, ArrayView<F4> shared, ArrayView<F4> table, ArrayView<int> tableRows,
        Rows4<Lanes4> sum)
    {
        ArrayView<F4> quads = weights.Cast<F4>();
        int t = Group.IdxX, line = Grid.IdxX * (height + width) + firstWeight;
        for (int entry = 0; entry < entries; entry += Others)
        {
            Instructions.Barrier();
            if (t < Others)
                tableRows[t] = IntrinsicMath.Min(entry + t, entries - 1) * positions;
            Instructions.Barrier();
            AttentionTile<Lanes4>.Load<SingleFloats>(from, tableRows, Others, entries - entry, channel, positions, GroupSize, table);
            for (int i = t; i < Others * Step; i += GroupSize)
            {
                int row = i / Step, ty = i - row * Step;
                shared[row * Pad + ty] = entry + row < entries ? quads[(line + entry + row) * Step + ty] : default;
            }
            Instructions.Barrier();
            sum = AttentionTile<Lanes4>.Accumulate(shared, Pad, table, t >> 3, t & 7, sum);
        }
        return sum;
    }
}
