using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>Swin with AAVS's adapters: images (1,3,H,W) → four maps (1,C,h,w) of strides 4, 8, 16 and 32, each with its own LayerNorm.</summary>
internal sealed class SwinBackbone(GraphBuilder g, string path, SwinSizes sizes)
{
    private readonly int _window = sizes.WindowSize;

    /// <summary>The sides of the images must be such that every stage is whole windows.</summary>
    public GraphValue[] Forward(GraphValue images)
    {
        string embeddings = $"{path}.embeddings";
        GraphValue map = g.Conv2d(images, $"{embeddings}.patch_embeddings.projection", sizes.EmbedDim, sizes.PatchSize, sizes.PatchSize);
        int height = map.Shape[2], width = map.Shape[3];
        GraphValue x = g.LayerNorm(Tokens(map), $"{embeddings}.norm");
        var maps = new GraphValue[sizes.Depths.Length];
        for (int stage = 0; stage < maps.Length; stage++)
        {
            string layer = $"{path}.encoder.layers.{stage}";
            for (int i = 0; i < sizes.Depths[stage]; i++)
                x = Block(x, $"{layer}.blocks.{i}", height, width, sizes.NumHeads[stage], i % 2 == 1 ? _window / 2 : 0);
            GraphValue normed = g.LayerNorm(x, $"{path}.hidden_states_norms.stage{stage + 1}");
            maps[stage] = g.Reshape(g.Transpose(normed, 0, 2, 1), 1, x.Channels, height, width);
            if (stage == maps.Length - 1)
                break;
            x = Merge(g.Reshape(x, 1, height, width, x.Channels), $"{layer}.downsample");
            (height, width) = (height / 2, width / 2);
        }
        return maps;
    }

    /// <summary>(1,C,h,w) → (1,h·w,C).</summary>
    private GraphValue Tokens(GraphValue map) => g.Transpose(g.Reshape(map, 1, map.Shape[1], map.Shape[2] * map.Shape[3]), 0, 2, 1);

    // Four neighbours side by side, normed and halved.
    private GraphValue Merge(GraphValue map, string downsample)
    {
        int height = map.Shape[1], width = map.Shape[2], c = map.Channels;
        GraphValue[] corners =
        [
            .. from column in (int[])[0, 1]
               from row in (int[])[0, 1]
               select g.Slice(g.Slice(map, 1, row, height, 2), 2, column, width, 2),
        ];
        GraphValue joined = g.Reshape(g.Concat(3, corners), 1, height / 2 * (width / 2), 4 * c);
        return g.Linear(g.LayerNorm(joined, $"{downsample}.norm"), $"{downsample}.reduction", 2 * c, bias: false);
    }

    // x + attention(LN(x)), then + MLP(LN(x)), each branch ending in an adapter.
    private GraphValue Block(GraphValue x, string block, int height, int width, int heads, int shift)
    {
        x = g.Add(x, Attend(g.LayerNorm(x, $"{block}.layernorm_before"), $"{block}.attention", height, width, heads, shift));
        GraphValue hidden = g.Linear(g.LayerNorm(x, $"{block}.layernorm_after"), $"{block}.intermediate.dense", (int)(x.Channels * sizes.MlpRatio));
        GraphValue branch = g.Linear(g.Gelu(hidden), $"{block}.output.dense", x.Channels);
        return g.Add(x, g.Add(branch, g.Adapter(branch, $"{block}.output.swin_adapt_3")));
    }

    private GraphValue Attend(GraphValue x, string attention, int height, int width, int heads, int shift)
    {
        int c = x.Channels, rows = height / _window, columns = width / _window, area = _window * _window;
        if (height % _window != 0 || width % _window != 0)
            throw new UnsupportedCaseException($"the graph has no padding: maps of {height}×{width} are not whole windows of {_window}");
        GraphValue map = g.Reshape(x, height, width, c);
        if (shift > 0)
            map = g.Roll(g.Roll(map, 0, -shift), 1, -shift);
        GraphValue windows = g.Reshape(g.Transpose(g.Reshape(map, rows, _window, columns, _window, c), 0, 2, 1, 3, 4), rows * columns, area, c);
        GraphValue attended = g.Attend(
            g.Linear(windows, $"{attention}.self.query", c), g.Linear(windows, $"{attention}.self.key", c),
            g.Linear(windows, $"{attention}.self.value", c), heads, Bias(attention, heads, height, width, shift));
        attended = g.Linear(attended, $"{attention}.output.dense", c);
        attended = g.Add(attended, g.Adapter(attended, $"{attention}.output.swin_adapt_1"));
        map = g.Reshape(g.Transpose(g.Reshape(attended, rows, columns, _window, _window, c), 0, 2, 1, 3, 4), height, width, c);
        if (shift > 0)
            map = g.Roll(g.Roll(map, 0, shift), 1, shift);
        return g.Reshape(map, 1, height * width, c);
    }

    // A constant, as ONNX Runtime would fold it: (1,heads,window²,window²), or one for each window.
    private GraphValue Bias(string attention, int heads, int height, int width, int shift)
    {
        int area = _window * _window, span = (2 * _window) - 1, windows = shift > 0 ? height / _window * (width / _window) : 1;
        return g.Constant($"{attention}.bias", () =>
        {
            float[] table = ProceduralValues.Weight($"{attention}.self.relative_position_bias_table", [span * span, heads]);
            float[]? mask = shift > 0 ? WindowPatterns.Shifted(height, width, _window, shift) : null;
            long[] index = WindowPatterns.RelativePositionIndex(_window);
            var bias = new float[windows * heads * area * area];
            for (int i = 0; i < bias.Length; i++)
            {
                int pair = i % (area * area), head = i / (area * area) % heads, window = i / (area * area * heads);
                bias[i] = table[(index[pair] * heads) + head] + (mask?[(window * area * area) + pair] ?? 0);
            }
            return bias;
        }, windows, heads, area, area);
    }
}
