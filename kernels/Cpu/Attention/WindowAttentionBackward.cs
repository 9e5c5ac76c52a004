using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void WindowAttentionBackward(in WindowAttentionBackwardCall call)
    {
        WindowAttentionShape s = call.Shape;
        float* pqkv = Floats(call.Qkv), table = Floats(call.BiasTable), py = Floats(call.Y), lse = Floats(call.LogSumExp);
        float* pdy = Floats(call.Dy), pdqkv = Floats(call.Dqkv), dTable = Floats(call.DBiasTable);
        var layout = new WindowLayout<TSimd, TVec>(s);
        // One part even of an empty batch: the bias gradient must be written.
        int windows = s.B * layout.Windows, parts = Math.Clamp(windows, 1, WindowParts), floats = layout.StripFloats;
        using Scratch scratch = Scratch.Open();
        float* dStrips = scratch.Floats((long)s.Heads * parts * floats);
        CpuThreads.For(s.Heads * parts, item =>
        {
            int head = item / parts, part = item % parts;
            WindowRangeBackward(
                s, head, pqkv, table, py, lse, pdy, pdqkv, dStrips + (nint)item * floats,
                (int)((long)windows * part / parts), (int)((long)windows * (part + 1) / parts));
        });
        CpuThreads.For(s.Heads, head =>
        {
            float* sum = dStrips + (nint)head * parts * floats;
            for (nint p = 1; p < parts; p++)
                for (nint i = 0; i < floats; i++)
                    sum[i] += sum[p * floats + i];
            new WindowLayout<TSimd, TVec>(s).GatherBias(sum, head, dTable);
        });
    }

    private static void WindowRangeBackward(
        in WindowAttentionShape shape, int head, float* qkv, float* table, float* y, float* lse, float* dy, float* dqkv,
        float* dStrips, int firstWindow, int endWindow)
    {
        var layout = new WindowLayout<TSimd, TVec>(shape);
        int dim = shape.Dim, tokens = layout.Tokens, map = shape.H * shape.W;
        int lanes = AttentionTile<TSimd, TVec>.Queries, paddedTokens = AttentionTile<TSimd, TVec>.PadColumns(tokens);
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
        float* dO = WindowRows(panel, dim, scratch);
        float* queries = scratch.Floats((long)dim * lanes);
        float* gradients = scratch.Floats((long)dim * lanes);
        float* logSumExp = scratch.Floats(paddedTokens);
        float* dots = scratch.Floats(paddedTokens);
        float* s = scratch.Floats((long)(keyRows + 1) * lanes);
        float* ds = scratch.Floats((long)(keyRows + 1) * lanes);
        float* dq = scratch.Floats((long)AttentionTile<TSimd, TVec>.PadRows(lanes) * columns);
        float* dk = scratch.Floats((long)keyRows * columns);
        float* dv = scratch.Floats((long)keyRows * columns);
        AttentionGradientTile<TSimd, TVec>.ClearStatistics(paddedTokens, logSumExp, dots);
        layout.SpreadBias(table, head, strips);
        AttentionTile<TSimd, TVec>.Fill(layout.StripFloats, dStrips, 0f);

        for (int n = firstWindow; n < endWindow; n++)
        {
            int b = n / layout.Windows, window = n % layout.Windows;
            nint at = (nint)b * map * c + head * dim, atQkv = (nint)b * map * 3 * c + head * dim;
            layout.Places(window, places);
            bool seam = layout.TouchesSeam(window);
            if (seam)
                layout.Regions(window, regions);
            GatherRows(qkv + atQkv, 3 * c, places, tokens, dim, q, panel);
            AttentionTile<TSimd, TVec>.MultiplyAll(AttentionTile<TSimd, TVec>.PadPanels(dim) / row * panel, q, scale);
            GatherRows(qkv + atQkv + c, 3 * c, places, tokens, dim, k, panel);
            GatherRows(qkv + atQkv + 2 * c, 3 * c, places, tokens, dim, v, panel);
            GatherRows(dy + at, c, places, tokens, dim, dO, panel);
            float* statistics = lse + ((nint)b * shape.Heads + head) * map;
            GatherStatistics(dy + at, y + at, c, statistics, places, tokens, dim, logSumExp, dots);
            for (int first = 0; first < tokens; first += lanes)
            {
                int count = Math.Min(lanes, tokens - first);
                PackWindowQueries(q + first * row, panel, dim, 1f, queries);
                PackWindowQueries(dO + first * row, panel, dim, 1f, gradients);
                AttentionTile<TSimd, TVec>.ProductOfRows(tokens, dim, k, panel, queries, s);
                layout.AddBias(strips, seam ? regions : null, first, s);
                AttentionTile<TSimd, TVec>.ProductOfRows(tokens, dim, v, panel, gradients, ds);
                AttentionGradientTile<TSimd, TVec>.SoftmaxBackward(tokens, s, ds, logSumExp + first, dots + first);
                layout.AddToStrips(ds, first, dStrips);
                AttentionTile<TSimd, TVec>.ProductWithRows<TileColumnsLeft<TSimd, TVec>>(
                    count, tokens, ds, k, panel, columns, dq, accumulate: false);
                AttentionTile<TSimd, TVec>.MultiplyAll((nint)count * columns, dq, scale);
                ScatterRows(dq, columns, places + first, count, dim, dqkv + atQkv, 3 * c);
                AttentionTile<TSimd, TVec>.ProductWithRows<TileRowsLeft<TSimd, TVec>>(
                    tokens, count, s, dO + first * row, panel, columns, dv, accumulate: first > 0);
                AttentionTile<TSimd, TVec>.ProductWithRows<TileRowsLeft<TSimd, TVec>>(
                    tokens, count, ds, q + first * row, panel, columns, dk, accumulate: first > 0);
            }
            ScatterRows(dk, columns, places, tokens, dim, dqkv + atQkv + c, 3 * c);
            ScatterRows(dv, columns, places, tokens, dim, dqkv + atQkv + 2 * c, 3 * c);
        }
    }

    // The log-sum-exp of each token and D, the dot product of its rows of dO and O.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherStatistics(
        float* dO, float* o, nint stride, float* lse, int* places, nint count, nint dim, float* logSumExp, float* dots)
    {
        for (nint i = 0; i < count; i++)
        {
            nint place = places[i];
            logSumExp[i] = lse[place];
            dots[i] = AttentionGradientTile<TSimd, TVec>.Dot(dim, dO + place * stride, o + place * stride);
        }
    }
}
