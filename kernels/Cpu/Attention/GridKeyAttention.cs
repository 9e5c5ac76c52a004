using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <remarks>
/// With q̃, a query less its mean over channels, q·x̂ = (q̃·[f ; R + C])/σ: the mean of the pixel drops out, what q̃ makes of a row and of a column
/// is one product each before all pixels, and only f is contracted pixel by pixel. In the same way Σ P·x̂ is Σ w·[f ; R + C] with w = P/σ, less its
/// own mean over channels, and w needs only be summed over rows and columns to meet R and C. Of C+E channels C remain: a fifth, in Perceiver's case.
/// </remarks>
internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    // Tiles that share a packed block of pixels: what they keep for the columns stays in a 1 MB second-level cache.
    private const int GridTiles = 6;

    public void GridKeyAttention(in GridKeyAttentionCall call)
    {
        GridKeyAttentionShape s = call.Shape;
        int tiles = AttentionTile<TSimd, TVec>.Tiles(s.Nq), channels = s.Features + s.Positions;
        if (s.B == 0 || tiles == 0)
            return;
        float* pq = Floats(call.Q), pf = Floats(call.Features), pr = Floats(call.Rows), pc = Floats(call.Columns), py = Floats(call.Y);
        using Scratch scratch = Scratch.Open();
        var grid = new Grid
        {
            Rows = pr,
            Columns = pc,
            RowPanels = scratch.Floats((long)AttentionTile<TSimd, TVec>.PadRows(s.H) * s.Positions),
            ColumnPanels = scratch.Floats((long)AttentionTile<TSimd, TVec>.PadRows(s.W) * s.Positions),
            PositionPanels = scratch.Floats((long)AttentionTile<TSimd, TVec>.PadRows(s.Positions) * s.W),
            Scales = scratch.Floats((long)s.B * s.H * s.W),
        };
        AttentionTile<TSimd, TVec>.PackRows(pr, s.Positions, s.H, s.Positions, grid.RowPanels);
        AttentionTile<TSimd, TVec>.PackRows(pc, s.Positions, s.W, s.Positions, grid.ColumnPanels);
        AttentionTile<TSimd, TVec>.PackChannels(pc, s.Positions, s.W, s.Positions, grid.PositionPanels);
        GridScales(s.B, s.H, s.W, s.Features, s.Positions, s.Epsilon, pf, pr, pc, grid.Scales);
        int parts = (tiles + GridTiles - 1) / GridTiles, threads = CpuThreads.Count;
        parts = Math.Min(tiles, (parts + threads - 1) / threads * threads);
        CpuThreads.For(s.B * parts, item =>
        {
            (int b, int part) = Math.DivRem(item, parts);
            int first = (int)((long)tiles * part / parts), end = (int)((long)tiles * (part + 1) / parts);
            nint queries = (nint)b * s.Nq * channels, pixels = (nint)b * s.H * s.W;
            GridRange(
                s, grid with { Scales = grid.Scales + pixels }, pq + queries, pf + pixels * s.Features, py + queries, first, end - first);
        });
    }

    // Some query tiles, all pixels, row by row.
    private static void GridRange(in GridKeyAttentionShape shape, in Grid grid, float* q, float* features, float* y, int firstTile, int count)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries, channels = shape.Features;
        int blocks = (shape.W + AttentionMaxBlock - 1) / AttentionMaxBlock, block = AttentionTile<TSimd, TVec>.PadRows((shape.W + blocks - 1) / blocks);
        using Scratch scratch = Scratch.Open();
        float* scaled = scratch.Floats((long)block * channels);
        float* keys = scratch.Floats((long)block * channels);
        float* values = scratch.Floats((long)block * AttentionTile<TSimd, TVec>.PadRows(channels));
        float* scores = scratch.Floats((long)block * lanes);
        float* rescale = scratch.Floats(lanes);
        Span<GridTile> tiles = stackalloc GridTile[count];
        for (int t = 0; t < count; t++)
        {
            tiles[t] = new GridTile(shape, scratch);
            tiles[t].Start(shape, grid, q, firstTile + t);
        }
        for (int row = 0; row < shape.H; row++)
        {
            for (int x = 0; x < shape.W; x += block)
            {
                int pixels = Math.Min(block, shape.W - x);
                nint first = (nint)row * shape.W + x;
                float* scales = grid.Scales + first;
                ScaleRows(pixels, channels, features + first * channels, scales, scaled);
                AttentionTile<TSimd, TVec>.PackRows(scaled, channels, pixels, channels, keys);
                AttentionTile<TSimd, TVec>.PackChannels(scaled, channels, pixels, channels, values);
                foreach (ref GridTile tile in tiles)
                {
                    StartScores(pixels, tile.ColumnScores + (nint)x * lanes, tile.RowScores + (nint)row * lanes, scales, scores);
                    AttentionTile<TSimd, TVec>.Product(pixels, channels, keys, tile.Query, scores, accumulate: true);
                    if (AttentionTile<TSimd, TVec>.Softmax(pixels, scores, tile.Max, tile.Sum, rescale))
                        tile.Rescale(shape, rescale);
                    AttentionTile<TSimd, TVec>.Product(channels, pixels, values, scores, tile.Output, accumulate: true);
                    AddWeights(pixels, scores, scales, tile.ColumnWeights + (nint)x * lanes, tile.RowWeight);
                }
            }
            foreach (ref GridTile tile in tiles)
                AddPosition(shape.Positions, grid.Rows + (nint)row * shape.Positions, tile.RowWeight, tile.Position);
        }
        float* spare = scratch.Floats((long)lanes * Math.Max(channels, shape.Positions));
        for (int t = 0; t < count; t++)
            tiles[t].Finish(shape, grid, y, firstTile + t, spare);
    }

    // 1/√(variance + ε) of every pixel.
    private static void GridScales(
        int images, int height, nint width, nint features, nint positions, float epsilon, float* f, float* rows, float* columns, float* scales) =>
        CpuThreads.For(images * height, row =>
        {
            for (nint x = 0, pixel = row * width; x < width; x++, pixel++)
                scales[pixel] = ReciprocalDeviation(
                    f + pixel * features, features, rows + row % height * positions, columns + x * positions, positions, epsilon);
        });

    // 1/√(variance + ε) over the channels of one pixel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float ReciprocalDeviation(float* features, nint count, float* row, float* column, nint positions, float epsilon)
    {
        nint w = TSimd.Width;
        TVec sum = TSimd.Zero, squares = TSimd.Zero;
        for (nint i = 0; i < count; i += w)
            sum = TSimd.Add(sum, TSimd.LoadMasked(features + i, TSimd.FirstLanes(count - i)));
        for (nint i = 0; i < positions; i += w)
        {
            TVec mask = TSimd.FirstLanes(positions - i);
            sum = TSimd.Add(sum, TSimd.Add(TSimd.LoadMasked(row + i, mask), TSimd.LoadMasked(column + i, mask)));
        }
        TVec mean = TSimd.Broadcast(TSimd.Sum(sum) / (count + positions));
        for (nint i = 0; i < count; i += w)
        {
            TVec mask = TSimd.FirstLanes(count - i);
            TVec d = TSimd.Select(mask, TSimd.Sub(TSimd.LoadMasked(features + i, mask), mean), TSimd.Zero);
            squares = TSimd.Fma(d, d, squares);
        }
        for (nint i = 0; i < positions; i += w)
        {
            TVec mask = TSimd.FirstLanes(positions - i);
            TVec x = TSimd.Add(TSimd.LoadMasked(row + i, mask), TSimd.LoadMasked(column + i, mask));
            TVec d = TSimd.Select(mask, TSimd.Sub(x, mean), TSimd.Zero);
            squares = TSimd.Fma(d, d, squares);
        }
        return 1f / MathF.Sqrt(TSimd.Sum(squares) / (count + positions) + epsilon);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleRows(nint rows, nint channels, float* x, float* scales, float* y)
    {
        nint w = TSimd.Width;
        for (nint row = 0; row < rows; row++, x += channels, y += channels)
        {
            TVec scale = TSimd.Broadcast(scales[row]);
            nint c = 0;
            for (; c + w <= channels; c += w)
                TSimd.Store(y + c, TSimd.Mul(TSimd.Load(x + c), scale));
            for (; c < channels; c++)
                y[c] = x[c] * scales[row];
        }
    }

    // What row and column contribute to the scores of pixels side by side.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StartScores(nint pixels, float* columns, float* row, float* scales, float* scores)
    {
        nint w = TSimd.Width;
        TVec r0 = TSimd.Load(row), r1 = TSimd.Load(row + w);
        for (nint i = 0; i < pixels; i++, columns += 2 * w, scores += 2 * w)
        {
            TVec scale = TSimd.Broadcast(scales[i]);
            TSimd.Store(scores, TSimd.Mul(TSimd.Add(TSimd.Load(columns), r0), scale));
            TSimd.Store(scores + w, TSimd.Mul(TSimd.Add(TSimd.Load(columns + w), r1), scale));
        }
    }

    // Sums w = p·scale of pixels side by side into their columns and their row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWeights(nint pixels, float* p, float* scales, float* columns, float* row)
    {
        nint w = TSimd.Width;
        TVec r0 = TSimd.Zero, r1 = TSimd.Zero;
        for (nint i = 0; i < pixels; i++, columns += 2 * w, p += 2 * w)
        {
            TVec scale = TSimd.Broadcast(scales[i]);
            TVec w0 = TSimd.Mul(TSimd.Load(p), scale), w1 = TSimd.Mul(TSimd.Load(p + w), scale);
            TSimd.Store(columns, TSimd.Add(TSimd.Load(columns), w0));
            TSimd.Store(columns + w, TSimd.Add(TSimd.Load(columns + w), w1));
            r0 = TSimd.Add(r0, w0);
            r1 = TSimd.Add(r1, w1);
        }
        TSimd.Store(row, TSimd.Add(TSimd.Load(row), r0));
        TSimd.Store(row + w, TSimd.Add(TSimd.Load(row + w), r1));
    }

    // A row's position times the weight that its pixels got, which starts anew.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPosition(nint positions, float* position, float* weight, float* output)
    {
        nint w = TSimd.Width;
        TVec w0 = TSimd.Load(weight), w1 = TSimd.Load(weight + w);
        for (nint e = 0; e < positions; e++, output += 2 * w)
        {
            TVec x = TSimd.Broadcast(position[e]);
            TSimd.Store(output, TSimd.Fma(x, w0, TSimd.Load(output)));
            TSimd.Store(output + w, TSimd.Fma(x, w1, TSimd.Load(output + w)));
        }
        TSimd.Store(weight, TSimd.Zero);
        TSimd.Store(weight + w, TSimd.Zero);
    }

    // Subtracts from each lane its mean over two groups of rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Centre(float* x, nint rows, float* z, nint more)
    {
        nint w = TSimd.Width;
        TVec share = TSimd.Broadcast(1f / (rows + more));
        for (nint half = 0; half < 2 * w; half += w)
        {
            TVec sum = TSimd.Zero;
            for (nint i = 0; i < rows; i++)
                sum = TSimd.Add(sum, TSimd.Load(x + i * 2 * w + half));
            for (nint i = 0; i < more; i++)
                sum = TSimd.Add(sum, TSimd.Load(z + i * 2 * w + half));
            TVec mean = TSimd.Mul(sum, share);
            for (nint i = 0; i < rows; i++)
                TSimd.Store(x + i * 2 * w + half, TSimd.Sub(TSimd.Load(x + i * 2 * w + half), mean));
            for (nint i = 0; i < more; i++)
                TSimd.Store(z + i * 2 * w + half, TSimd.Sub(TSimd.Load(z + i * 2 * w + half), mean));
        }
    }

    // The tables of positions, as they are and packed, and 1/σ of every pixel.
    private readonly struct Grid
    {
        public required float* Rows { get; init; }

        public required float* Columns { get; init; }

        /// <summary>Rows as lanes, contracted over positions.</summary>
        public required float* RowPanels { get; init; }

        /// <summary>Columns as lanes, contracted over positions.</summary>
        public required float* ColumnPanels { get; init; }

        /// <summary>Position channels as lanes, contracted over columns.</summary>
        public required float* PositionPanels { get; init; }

        public required float* Scales { get; init; }
    }

    // What one tile of queries keeps while all pixels pass by; of each a vertical pair of vectors a row.
    private readonly struct GridTile
    {
        public readonly float* Query, ColumnScores, RowScores, ColumnWeights, RowWeight, Output, Position, Max, Sum;

        public GridTile(in GridKeyAttentionShape shape, in Scratch scratch)
        {
            long lanes = AttentionTile<TSimd, TVec>.Queries;
            Query = scratch.Floats((shape.Features + shape.Positions) * lanes);
            ColumnScores = scratch.Floats(AttentionTile<TSimd, TVec>.PadRows(shape.W) * lanes);
            RowScores = scratch.Floats(AttentionTile<TSimd, TVec>.PadRows(shape.H) * lanes);
            ColumnWeights = scratch.Floats(shape.W * lanes);
            RowWeight = scratch.Floats(lanes);
            Output = scratch.Floats(AttentionTile<TSimd, TVec>.PadRows(shape.Features) * lanes);
            Position = scratch.Floats(AttentionTile<TSimd, TVec>.PadRows(shape.Positions) * lanes);
            Max = scratch.Floats(lanes);
            Sum = scratch.Floats(lanes);
        }

        private static int Lanes => AttentionTile<TSimd, TVec>.Queries;

        public void Start(in GridKeyAttentionShape shape, in Grid grid, float* q, int tile)
        {
            int first = tile * Lanes, channels = shape.Features + shape.Positions;
            AttentionTile<TSimd, TVec>.PackQueries(
                q + (nint)first * channels, channels, Math.Min(Lanes, shape.Nq - first), channels, shape.Scale, Query);
            float* positions = Query + (nint)shape.Features * Lanes;
            Centre(Query, shape.Features, positions, shape.Positions);
            AttentionTile<TSimd, TVec>.Product(shape.W, shape.Positions, grid.ColumnPanels, positions, ColumnScores, accumulate: false);
            AttentionTile<TSimd, TVec>.Product(shape.H, shape.Positions, grid.RowPanels, positions, RowScores, accumulate: false);
            AttentionTile<TSimd, TVec>.Fill((nint)shape.W * Lanes, ColumnWeights, 0f);
            AttentionTile<TSimd, TVec>.Fill(Lanes, RowWeight, 0f);
            AttentionTile<TSimd, TVec>.Fill((nint)AttentionTile<TSimd, TVec>.PadRows(shape.Features) * Lanes, Output, 0f);
            AttentionTile<TSimd, TVec>.Fill((nint)AttentionTile<TSimd, TVec>.PadRows(shape.Positions) * Lanes, Position, 0f);
            AttentionTile<TSimd, TVec>.Fill(Lanes, Max, AttentionTile<TSimd, TVec>.Lowest);
            AttentionTile<TSimd, TVec>.Fill(Lanes, Sum, 0f);
        }

        /// <summary>Brings what was summed under an old maximum to the new one.</summary>
        public void Rescale(in GridKeyAttentionShape shape, float* factors)
        {
            AttentionTile<TSimd, TVec>.MultiplyColumns(shape.Features, Output, factors);
            AttentionTile<TSimd, TVec>.MultiplyColumns(shape.Positions, Position, factors);
            AttentionTile<TSimd, TVec>.MultiplyColumns(shape.W, ColumnWeights, factors);
            AttentionTile<TSimd, TVec>.MultiplyColumns(1, RowWeight, factors);
        }

        public void Finish(in GridKeyAttentionShape shape, in Grid grid, float* y, int tile, float* spare)
        {
            int first = tile * Lanes, count = Math.Min(Lanes, shape.Nq - first);
            nint channels = shape.Features + shape.Positions;
            AttentionTile<TSimd, TVec>.Product(shape.Positions, shape.W, grid.PositionPanels, ColumnWeights, Position, accumulate: true);
            AttentionTile<TSimd, TVec>.Finish(Max, Sum);
            AttentionTile<TSimd, TVec>.MultiplyColumns(shape.Features, Output, Sum);
            AttentionTile<TSimd, TVec>.MultiplyColumns(shape.Positions, Position, Sum);
            Centre(Output, shape.Features, Position, shape.Positions);
            AttentionTile<TSimd, TVec>.StoreLanes(Output, count, shape.Features, y + first * channels, channels, spare);
            AttentionTile<TSimd, TVec>.StoreLanes(
                Position, count, shape.Positions, y + first * channels + shape.Features, channels, spare);
        }
    }
}
