using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>
    /// Parts that the windows of a batch are split into for one head. It fixes the order in which bias gradients are summed, so
    /// it must not depend on the number of threads.
    /// </summary>
    private const int WindowParts = 16;

    public void WindowAttention(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer? logSumExp)
    {
        WindowAttentionShape s = shape;
        float* pqkv = Floats(qkv), table = Floats(biasTable), py = Floats(y);
        float* lse = logSumExp is null ? null : Floats(logSumExp);
        int windows = s.B * new WindowLayout<TSimd, TVec>(s).Windows;
        int parts = Math.Min(WindowParts, windows);
        CpuThreads.For(s.Heads * parts, item =>
        {
            int head = item / parts, part = item % parts;
            int first = (int)((long)windows * part / parts), end = (int)((long)windows * (part + 1) / parts);
            WindowRange(s, head, pqkv, table, py, lse, first, end);
        });
    }

    // One head of consecutive windows. A window is one block of keys, so its softmax sees whole rows.
    private static void WindowRange(
        in WindowAttentionShape shape, int head, float* qkv, float* table, float* y, float* lse, int firstWindow, int endWindow)
    {
        var layout = new WindowLayout<TSimd, TVec>(shape);
        int dim = shape.Dim, tokens = layout.Tokens, map = shape.H * shape.W;
        int lanes = AttentionTile<TSimd, TVec>.Queries, tiles = AttentionTile<TSimd, TVec>.Tiles(tokens);
        int rowsV = AttentionTile<TSimd, TVec>.PadRows(dim), rowsK = AttentionTile<TSimd, TVec>.PadRows(tokens);
        int rowsPadded = Math.Max(rowsK, tiles * lanes);
        nint c = (nint)shape.Heads * dim;
        float scale = 1f / MathF.Sqrt(dim);

        using Scratch scratch = Scratch.Open();
        int* places = scratch.Ints(tokens);
        float* regions = scratch.Floats(tokens + lanes);
        float* strips = scratch.Floats(layout.StripFloats);
        float* rows = PaddedRows(tokens, rowsPadded, dim, scratch);
        float* keys = scratch.Floats((long)rowsK * dim);
        float* values = scratch.Floats((long)tokens * rowsV);
        float* queries = scratch.Floats((long)tiles * dim * lanes);
        float* scores = scratch.Floats((long)rowsK * lanes);
        float* output = scratch.Floats((long)rowsV * lanes);
        float* max = scratch.Floats(lanes);
        float* sum = scratch.Floats(lanes);
        float* rescale = scratch.Floats(lanes);
        float* outputRows = scratch.Floats((long)lanes * dim);
        layout.SpreadBias(table, head, strips);

        for (int n = firstWindow; n < endWindow; n++)
        {
            int b = n / layout.Windows, window = n % layout.Windows;
            float* source = qkv + (nint)b * map * 3 * c + head * dim;
            layout.Places(window, places);
            bool seam = layout.TouchesSeam(window);
            if (seam)
                layout.Regions(window, regions);
            GatherRows(source, 3 * c, places, tokens, dim, rows);
            for (int t = 0; t < tiles; t++)
                AttentionTile<TSimd, TVec>.PackQueries(
                    rows + (nint)t * lanes * dim, dim, lanes, dim, scale, queries + (nint)t * dim * lanes);
            GatherRows(source + c, 3 * c, places, tokens, dim, rows);
            AttentionTile<TSimd, TVec>.PackRows(rows, dim, rowsK, dim, keys);
            GatherRows(source + 2 * c, 3 * c, places, tokens, dim, rows);
            AttentionTile<TSimd, TVec>.PackChannels(rows, dim, tokens, dim, values);
            for (int t = 0; t < tiles; t++)
            {
                int first = t * lanes, count = Math.Min(lanes, tokens - first);
                AttentionTile<TSimd, TVec>.Product(tokens, dim, keys, queries + (nint)t * dim * lanes, scores, accumulate: false);
                layout.AddBias(strips, seam ? regions : null, first, scores);
                AttentionTile<TSimd, TVec>.Fill(lanes, max, AttentionTile<TSimd, TVec>.Lowest);
                AttentionTile<TSimd, TVec>.Fill(lanes, sum, 0f);
                AttentionTile<TSimd, TVec>.Softmax(tokens, scores, max, sum, rescale);
                AttentionTile<TSimd, TVec>.Product(dim, tokens, values, scores, output, accumulate: false);
                AttentionTile<TSimd, TVec>.Finish(max, sum);
                AttentionTile<TSimd, TVec>.MultiplyColumns(dim, output, sum);
                Packing.Transposed(output, lanes, dim, count, dim, outputRows);
                ScatterRows(outputRows, dim, places + first, count, dim, y + (nint)b * map * c + head * dim, c);
                if (lse != null)
                {
                    float* target = lse + ((nint)b * shape.Heads + head) * map;
                    for (int i = 0; i < count; i++)
                        target[places[first + i]] = max[i];
                }
            }
        }
    }

    // Room for a window's rows, followed by zero rows: packing whole panels is faster than padding the last one.
    private static float* PaddedRows(int tokens, int rows, int dim, in Scratch scratch)
    {
        float* p = scratch.Floats((long)rows * dim);
        AttentionTile<TSimd, TVec>.Fill((nint)(rows - tokens) * dim, p + (nint)tokens * dim, 0f);
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherRows(float* source, nint stride, int* places, nint count, nint dim, float* rows)
    {
        for (nint i = 0; i < count; i++, rows += dim)
            AttentionTile<TSimd, TVec>.CopyRow(source + places[i] * stride, rows, dim);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScatterRows(float* rows, nint rowStride, int* places, nint count, nint dim, float* target, nint stride)
    {
        for (nint i = 0; i < count; i++, rows += rowStride)
            AttentionTile<TSimd, TVec>.CopyRow(rows, target + places[i] * stride, dim);
    }
}
