using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>
    /// Parts that the windows of a batch are split into for one head. It fixes the order in which bias gradients are summed, so
    /// it must not depend on the number of threads.
    /// </summary>
    private const int WindowParts = 16;

    public void WindowAttention(in WindowAttentionCall call)
    {
        WindowAttentionShape s = call.Shape;
        float* pqkv = Floats(call.Qkv), table = Floats(call.BiasTable), py = Floats(call.Y);
        float* lse = call.LogSumExp is null ? null : Floats(call.LogSumExp);
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
        int lanes = AttentionTile<TSimd, TVec>.Queries;
        int keyRows = AttentionTile<TSimd, TVec>.PadRows(tokens), columns = AttentionTile<TSimd, TVec>.PadColumns(dim);
        nint row = AttentionTile<TSimd, TVec>.RowPanel, panel = WindowPanel(tokens);
        nint c = (nint)shape.Heads * dim;
        float scale = 1f / MathF.Sqrt(dim);

        using Scratch scratch = Scratch.Open();
        int* places = scratch.Ints(tokens);
        float* regions = scratch.Floats(tokens + lanes);
        float* strips = scratch.Floats(layout.StripFloats);
        float* q = WindowRows(panel, dim, scratch);
        float* k = WindowRows(panel, dim, scratch);
        float* v = WindowRows(panel, dim, scratch);
        float* queries = scratch.Floats((long)dim * lanes);
        float* scores = scratch.Floats((long)(keyRows + 1) * lanes);
        float* output = scratch.Floats((long)AttentionTile<TSimd, TVec>.PadRows(lanes) * columns);
        float* max = scratch.Floats(lanes);
        float* sum = scratch.Floats(lanes);
        float* rescale = scratch.Floats(lanes);
        layout.SpreadBias(table, head, strips);

        for (int n = firstWindow; n < endWindow; n++)
        {
            int b = n / layout.Windows, window = n % layout.Windows;
            float* source = qkv + (nint)b * map * 3 * c + head * dim;
            layout.Places(window, places);
            bool seam = layout.TouchesSeam(window);
            if (seam)
                layout.Regions(window, regions);
            GatherRows(source, 3 * c, places, tokens, dim, q, panel);
            GatherRows(source + c, 3 * c, places, tokens, dim, k, panel);
            GatherRows(source + 2 * c, 3 * c, places, tokens, dim, v, panel);
            for (int first = 0; first < tokens; first += lanes)
            {
                int count = Math.Min(lanes, tokens - first);
                PackWindowQueries(q + first * row, panel, dim, scale, queries);
                AttentionTile<TSimd, TVec>.ProductOfRows(tokens, dim, k, panel, queries, scores);
                layout.AddBias(strips, seam ? regions : null, first, scores);
                AttentionTile<TSimd, TVec>.Fill(lanes, max, AttentionTile<TSimd, TVec>.Lowest);
                AttentionTile<TSimd, TVec>.Fill(lanes, sum, 0f);
                AttentionTile<TSimd, TVec>.Softmax(tokens, scores, max, sum, rescale);
                AttentionTile<TSimd, TVec>.Finish(max, sum);
                AttentionTile<TSimd, TVec>.ProductWithRows<TileColumnsLeft<TSimd, TVec>>(
                    count, tokens, scores, v, panel, columns, output, accumulate: false);
                AttentionTile<TSimd, TVec>.MultiplyRows(count, columns, output, sum);
                ScatterRows(output, columns, places + first, count, dim, y + (nint)b * map * c + head * dim, c);
                if (lse != null)
                {
                    float* target = lse + ((nint)b * shape.Heads + head) * map;
                    for (int i = 0; i < count; i++)
                        target[places[first + i]] = max[i];
                }
            }
        }
    }

    // Floats of a row panel of a window: its rows fill whole tiles of queries and register tiles of keys.
    private static nint WindowPanel(int tokens)
    {
        int rows = Math.Max(AttentionTile<TSimd, TVec>.PadRows(tokens), AttentionTile<TSimd, TVec>.PadColumns(tokens));
        return (nint)rows * AttentionTile<TSimd, TVec>.RowPanel;
    }

    // Room for a window's rows in row panels. What no token fills is zero.
    private static float* WindowRows(nint panel, int dim, in Scratch scratch)
    {
        nint floats = AttentionTile<TSimd, TVec>.PadPanels(dim) / AttentionTile<TSimd, TVec>.RowPanel * panel;
        float* p = scratch.Floats(floats);
        AttentionTile<TSimd, TVec>.Fill(floats, p, 0f);
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherRows(float* source, nint stride, int* places, nint count, nint dim, float* panels, nint panel)
    {
        nint row = AttentionTile<TSimd, TVec>.RowPanel;
        for (; dim > 0; dim -= row, source += row, panels += panel)
            for (nint i = 0; i < count; i++)
                AttentionTile<TSimd, TVec>.CopyRow(source + places[i] * stride, panels + i * row, Math.Min(row, dim));
    }

    // A tile of a window's rows, times a factor, as a right-hand panel (channels, 2W).
    private static void PackWindowQueries(float* rows, nint panel, int dim, float factor, float* queries)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries, row = AttentionTile<TSimd, TVec>.RowPanel;
        for (; dim > 0; dim -= row, rows += panel, queries += row * lanes)
            AttentionTile<TSimd, TVec>.PackQueries(rows, row, lanes, Math.Min(row, dim), factor, queries);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScatterRows(float* rows, nint rowStride, int* places, nint count, nint dim, float* target, nint stride)
    {
        for (nint i = 0; i < count; i++, rows += rowStride)
            AttentionTile<TSimd, TVec>.CopyRow(rows, target + places[i] * stride, dim);
    }
}
