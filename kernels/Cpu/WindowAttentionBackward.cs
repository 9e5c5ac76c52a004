namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void WindowAttentionBackward(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer logSumExp,
        DeviceBuffer dy, DeviceBuffer dqkv, DeviceBuffer dBiasTable)
    {
        WindowAttentionShape s = shape;
        float* pqkv = Floats(qkv), table = Floats(biasTable), py = Floats(y), lse = Floats(logSumExp);
        float* pdy = Floats(dy), pdqkv = Floats(dqkv), dTable = Floats(dBiasTable);
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
        int lanes = AttentionTile<TSimd, TVec>.Queries, tiles = AttentionTile<TSimd, TVec>.Tiles(tokens);
        int rows = AttentionTile<TSimd, TVec>.PadRows(dim), keyRows = AttentionTile<TSimd, TVec>.PadRows(tokens);
        int columns = AttentionGradientTile<TSimd, TVec>.PadColumns(dim);
        int rowsPadded = Math.Max(keyRows, tiles * lanes);
        nint c = (nint)shape.Heads * dim;
        float scale = 1f / MathF.Sqrt(dim);

        using Scratch scratch = Scratch.Open();
        int* places = scratch.Ints(tokens);
        float* regions = scratch.Floats(tokens + lanes);
        float* strips = scratch.Floats(layout.StripFloats);
        float* q = PaddedRows(tokens, rowsPadded, dim, scratch);
        float* k = PaddedRows(tokens, rowsPadded, dim, scratch);
        float* v = PaddedRows(tokens, rowsPadded, dim, scratch);
        float* o = scratch.Floats((long)tokens * dim);
        float* dO = PaddedRows(tokens, rowsPadded, dim, scratch);
        float* keys = scratch.Floats((long)keyRows * dim);
        float* keyChannels = scratch.Floats((long)tokens * rows);
        float* values = scratch.Floats((long)keyRows * dim);
        float* queries = scratch.Floats((long)dim * lanes);
        float* gradients = scratch.Floats((long)dim * lanes);
        float* queryRows = scratch.Floats((long)columns * lanes);
        float* gradientRows = scratch.Floats((long)columns * lanes);
        float* logSumExp = scratch.Floats(lanes);
        float* dots = scratch.Floats(lanes);
        float* s = scratch.Floats((long)keyRows * lanes);
        float* ds = scratch.Floats((long)keyRows * lanes);
        float* left = scratch.Floats((long)lanes * TSimd.TileRows);
        float* dq = scratch.Floats((long)rows * lanes);
        float* dqRows = scratch.Floats((long)lanes * dim);
        float* dk = scratch.Floats((long)keyRows * columns);
        float* dv = scratch.Floats((long)keyRows * columns);
        layout.SpreadBias(table, head, strips);
        AttentionTile<TSimd, TVec>.Fill(layout.StripFloats, dStrips, 0f);

        for (int n = firstWindow; n < endWindow; n++)
        {
            int b = n / layout.Windows, window = n % layout.Windows;
            nint at = (nint)b * map * c + head * dim, atQkv = (nint)b * map * 3 * c + head * dim;
            float* statistics = lse + ((nint)b * shape.Heads + head) * map;
            layout.Places(window, places);
            bool seam = layout.TouchesSeam(window);
            if (seam)
                layout.Regions(window, regions);
            GatherRows(qkv + atQkv, 3 * c, places, tokens, dim, q);
            GatherRows(qkv + atQkv + c, 3 * c, places, tokens, dim, k);
            GatherRows(qkv + atQkv + 2 * c, 3 * c, places, tokens, dim, v);
            GatherRows(y + at, c, places, tokens, dim, o);
            GatherRows(dy + at, c, places, tokens, dim, dO);
            AttentionTile<TSimd, TVec>.PackRows(k, dim, keyRows, dim, keys);
            AttentionTile<TSimd, TVec>.PackChannels(k, dim, tokens, dim, keyChannels);
            AttentionTile<TSimd, TVec>.PackRows(v, dim, keyRows, dim, values);
            for (int first = 0; first < tokens; first += lanes)
            {
                int count = Math.Min(lanes, tokens - first);
                nint row = (nint)first * dim;
                AttentionTile<TSimd, TVec>.PackQueries(q + row, dim, lanes, dim, scale, queries);
                AttentionTile<TSimd, TVec>.PackQueries(dO + row, dim, lanes, dim, 1f, gradients);
                AttentionGradientTile<TSimd, TVec>.PackQueryRows(q + row, dim, lanes, dim, scale, queryRows);
                AttentionGradientTile<TSimd, TVec>.PackQueryRows(dO + row, dim, lanes, dim, 1f, gradientRows);
                AttentionGradientTile<TSimd, TVec>.ClearStatistics(logSumExp, dots);
                for (int i = 0; i < count; i++)
                    logSumExp[i] = statistics[places[first + i]];
                AttentionGradientTile<TSimd, TVec>.RowDots(count, dim, dO + row, dim, o + row, dim, dots);

                AttentionTile<TSimd, TVec>.Product(tokens, dim, keys, queries, s, accumulate: false);
                layout.AddBias(strips, seam ? regions : null, first, s);
                AttentionTile<TSimd, TVec>.Product(tokens, dim, values, gradients, ds, accumulate: false);
                AttentionGradientTile<TSimd, TVec>.SoftmaxBackward(tokens, s, ds, logSumExp, dots);
                layout.AddToStrips(ds, first, dStrips);
                AttentionTile<TSimd, TVec>.Product(dim, tokens, keyChannels, ds, dq, accumulate: false);
                AttentionTile<TSimd, TVec>.MultiplyAll((nint)dim * lanes, dq, scale);
                Packing.Transposed(dq, lanes, dim, count, dim, dqRows);
                ScatterRows(dqRows, dim, places + first, count, dim, dqkv + atQkv, 3 * c);
                AttentionGradientTile<TSimd, TVec>.AddProduct(tokens, s, gradientRows, columns, left, dv, accumulate: first > 0);
                AttentionGradientTile<TSimd, TVec>.AddProduct(tokens, ds, queryRows, columns, left, dk, accumulate: first > 0);
            }
            ScatterRows(dk, columns, places, tokens, dim, dqkv + atQkv + c, 3 * c);
            ScatterRows(dv, columns, places, tokens, dim, dqkv + atQkv + 2 * c, 3 * c);
        }
    }
}
