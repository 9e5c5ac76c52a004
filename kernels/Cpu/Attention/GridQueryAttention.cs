using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <remarks>
/// The other way round than attention to a grid: with k̃, a key less its mean over channels, x̂·k = (f·k̃ + R·k̃ + C·k̃)/σ, where what every key makes
/// of every row and of every column is a product beforehand. Tiles are pixels side by side in a row; those above each other share a task.
/// </remarks>
internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    // Tiles above each other that share packed keys and values.
    private const int GridQueryTiles = 24;

    public void GridQueryAttention(in GridQueryAttentionCall call)
    {
        GridQueryAttentionShape s = call.Shape;
        int lanes = AttentionTile<TSimd, TVec>.Queries, across = AttentionTile<TSimd, TVec>.Tiles(s.W), width = across * lanes;
        int channels = s.Features + s.Positions;
        float* pf = Floats(call.Features), pr = Floats(call.Rows), pc = Floats(call.Columns), py = Floats(call.Y);
        float* bias = Floats(call.KeyBias), pv = Floats(call.V);
        using Scratch scratch = Scratch.Open();
        float* scales = scratch.Floats((long)s.B * s.H * s.W);
        GridScales(s.B, s.H, s.W, s.Features, s.Positions, s.Epsilon, pf, pr, pc, scales);
        float* keys = scratch.Floats((long)s.B * s.Nk * channels);
        float* rowScores = scratch.Floats((long)s.B * s.Nk * s.H), columnScores = scratch.Floats((long)s.B * s.Nk * width);
        CentreRows((nint)s.B * s.Nk, channels, Floats(call.K), s.Scale, keys);
        Positions(s.H, s.H, pr, rowScores);
        Positions(s.W, width, pc, columnScores);
        int parts = (s.H + GridQueryTiles - 1) / GridQueryTiles;
        CpuThreads.For(s.B * parts * across, item =>
        {
            (int rest, int tile) = Math.DivRem(item, across);
            (int b, int part) = Math.DivRem(rest, parts);
            nint key = (nint)b * s.Nk, pixel = (nint)b * s.H * s.W;
            var pixels = new GridPixels
            {
                Features = pf + pixel * s.Features,
                Scales = scales + pixel,
                RowScores = rowScores + key * s.H,
                ColumnScores = columnScores + key * width + tile * lanes,
                ColumnStride = width,
            };
            int first = (int)((long)s.H * part / parts), end = (int)((long)s.H * (part + 1) / parts);
            GridQueryRange(
                s, pixels, keys + key * channels, bias + key, pv + key * s.DimV, py + pixel * s.DimV, tile * lanes, first, end - first);
        });

        // scores (B·Nk, stride) = keys' positions · tableᵀ.
        void Positions(int count, int stride, float* table, float* scores) => BlockedProduct<TSimd, TVec, MatrixPanels, MatrixPanels>.Run(
            s.B * s.Nk, count, s.Positions,
            new MatrixPanels(keys + s.Features, channels, lanesAreRows: true), new MatrixPanels(table, s.Positions, lanesAreRows: true),
            new GemmOutput { C = scores, Stride = stride });
    }

    // The pixels of one tile's columns in some rows, all keys.
    private static void GridQueryRange(
        in GridQueryAttentionShape shape, in GridPixels pixels, float* k, float* bias, float* v, float* y, int x, int firstRow, int tiles)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries, features = shape.Features, dimV = shape.DimV, count = Math.Min(lanes, shape.W - x);
        int rowsV = AttentionTile<TSimd, TVec>.PadRows(dimV), block = AttentionKeyBlock(shape.Nk, features + dimV);
        using Scratch scratch = Scratch.Open();
        float* keys = scratch.Floats((long)block * features);
        float* values = scratch.Floats((long)block * rowsV);
        float* scores = scratch.Floats((long)block * lanes);
        float* queries = scratch.Floats((long)tiles * features * lanes);
        float* outputs = scratch.Floats((long)tiles * rowsV * lanes);
        float* max = scratch.Floats((long)tiles * lanes), sum = scratch.Floats((long)tiles * lanes), scales = scratch.Floats((long)tiles * lanes);
        float* rescale = scratch.Floats(lanes), line = scratch.Floats((long)lanes * dimV);
        for (int t = 0; t < tiles; t++)
        {
            nint pixel = (nint)(firstRow + t) * shape.W + x;
            AttentionTile<TSimd, TVec>.Fill(lanes, scales + (nint)t * lanes, 0f);
            AttentionTile<TSimd, TVec>.CopyRow(pixels.Scales + pixel, scales + (nint)t * lanes, count);
            float* query = queries + (nint)t * features * lanes;
            AttentionTile<TSimd, TVec>.PackQueries(pixels.Features + pixel * features, features, count, features, 1f, query);
            AttentionTile<TSimd, TVec>.MultiplyColumns(features, query, scales + (nint)t * lanes);
        }
        AttentionTile<TSimd, TVec>.Fill((nint)tiles * lanes, max, AttentionTile<TSimd, TVec>.Lowest);
        AttentionTile<TSimd, TVec>.Fill((nint)tiles * lanes, sum, 0f);
        for (int j = 0; j < shape.Nk; j += block)
        {
            int keyCount = Math.Min(block, shape.Nk - j);
            nint stride = features + shape.Positions;
            AttentionTile<TSimd, TVec>.PackRows(k + j * stride, stride, keyCount, features, keys);
            AttentionTile<TSimd, TVec>.PackChannels(v + (nint)j * dimV, dimV, keyCount, dimV, values);
            for (int t = 0; t < tiles; t++)
            {
                float* o = outputs + (nint)t * rowsV * lanes, m = max + (nint)t * lanes, l = sum + (nint)t * lanes;
                StartKeyScores(
                    keyCount, pixels.ColumnScores + (nint)j * pixels.ColumnStride, pixels.ColumnStride,
                    pixels.RowScores + (nint)j * shape.H + firstRow + t, shape.H, bias + j, shape.Scale, scales + (nint)t * lanes, scores);
                AttentionTile<TSimd, TVec>.Product(keyCount, features, keys, queries + (nint)t * features * lanes, scores, accumulate: true);
                if (AttentionTile<TSimd, TVec>.Softmax(keyCount, scores, m, l, rescale) && j > 0)
                    AttentionTile<TSimd, TVec>.MultiplyColumns(dimV, o, rescale);
                AttentionTile<TSimd, TVec>.Product(dimV, keyCount, values, scores, o, accumulate: j > 0);
            }
        }
        for (int t = 0; t < tiles; t++)
        {
            float* o = outputs + (nint)t * rowsV * lanes;
            AttentionTile<TSimd, TVec>.Finish(max + (nint)t * lanes, sum + (nint)t * lanes);
            AttentionTile<TSimd, TVec>.MultiplyColumns(dimV, o, sum + (nint)t * lanes);
            AttentionTile<TSimd, TVec>.StoreLanes(o, count, dimV, y + ((nint)(firstRow + t) * shape.W + x) * dimV, dimV, line);
        }
    }

    // Of keys one after the other: what the pixels' columns and their row make of them, and the keys' own bias.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StartKeyScores(
        nint keys, float* columns, nint columnStride, float* row, nint rowStride, float* bias, float factor, float* scales, float* scores)
    {
        nint w = TSimd.Width;
        TVec s0 = TSimd.Load(scales), s1 = TSimd.Load(scales + w);
        for (nint i = 0; i < keys; i++, columns += columnStride, row += rowStride, scores += 2 * w)
        {
            TVec r = TSimd.Broadcast(*row), b = TSimd.Broadcast(bias[i] * factor);
            TSimd.Store(scores, TSimd.Fma(TSimd.Add(TSimd.Load(columns), r), s0, b));
            TSimd.Store(scores + w, TSimd.Fma(TSimd.Add(TSimd.Load(columns + w), r), s1, b));
        }
    }

    // y = factor · (x − mean of its row).
    private static void CentreRows(nint rows, nint channels, float* x, float factor, float* y) =>
        CpuThreads.Ranges(rows, RowGrain(channels), (from, to) =>
        {
            for (nint row = (nint)from; row < to; row++)
            {
                float mean = SumVector(x + row * channels, channels) / channels;
                for (nint c = row * channels; c < (row + 1) * channels; c++)
                    y[c] = (x[c] - mean) * factor;
            }
        });

    // What a task reads of its pixels. Scores of positions are (Nk, H) and (Nk, ColumnStride), the latter from the tile's first column on.
    private readonly struct GridPixels
    {
        public required float* Features { get; init; }

        public required float* Scales { get; init; }

        public required float* RowScores { get; init; }

        public required float* ColumnScores { get; init; }

        public required nint ColumnStride { get; init; }
    }
}
