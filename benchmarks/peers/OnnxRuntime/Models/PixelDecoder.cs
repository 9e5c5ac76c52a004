using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>
/// Mask2Former's pixel decoder: deformable attention across strides 32, 16 and 8, then one pyramid step to stride 4, all maps (1,C,h,w). Deformable
/// attention goes by <c>GridSample</c>, as transformers exports it.
/// </summary>
internal sealed class PixelDecoder(GraphBuilder g, string path, Mask2FormerSizes sizes)
{
    private const int LevelCount = 3, NormGroups = 32, Points = 4;

    private readonly int _channels = sizes.FeatureSize, _heads = sizes.NumAttentionHeads;

    /// <summary>Backbone maps → levels of strides 32, 16 and 8, and the final features of stride 4.</summary>
    public (GraphValue[] Levels, GraphValue MaskFeatures) Forward(GraphValue[] features)
    {
        var tokens = new GraphValue[LevelCount];
        var positions = new GraphValue[LevelCount];
        var levels = new (int H, int W)[LevelCount];
        GraphValue embed = g.Parameter($"{path}.level_embed", LevelCount, _channels);
        for (int i = 0; i < LevelCount; i++)
        {
            GraphValue map = features[^(i + 1)];
            levels[i] = (map.Shape[2], map.Shape[3]);
            GraphValue projected = Normed(g.Conv2d(map, $"{path}.input_projections.{i}.0", _channels, 1), $"{path}.input_projections.{i}.1");
            tokens[i] = g.Transpose(g.Reshape(projected, 1, _channels, levels[i].H * levels[i].W), 0, 2, 1);
            positions[i] = g.Add(SinePosition.Of(g, levels[i].H, levels[i].W, _channels), g.Slice(embed, 0, i, i + 1));
        }
        GraphValue x = g.Concat(1, tokens), position = g.Concat(1, positions);
        for (int i = 0; i < sizes.EncoderLayers; i++)
            x = Layer(x, position, levels, $"{path}.encoder.layers.{i}");

        GraphValue[] maps = [.. Split(x, levels).Select((part, i) => g.Reshape(g.Transpose(part, 0, 2, 1), 1, _channels, levels[i].H, levels[i].W))];
        GraphValue lateral = Normed(g.Conv2d(features[0], $"{path}.adapter_1.0", _channels, 1, bias: false), $"{path}.adapter_1.1");
        GraphValue sum = g.Add(lateral, g.Resize(maps[^1], lateral.Shape[2], lateral.Shape[3]));
        GraphValue final = Normed(g.Conv2d(sum, $"{path}.layer_1.0", _channels, 3, padding: 1, bias: false), $"{path}.layer_1.1");
        return (maps, g.Conv2d(g.Map("Relu", final), $"{path}.mask_projection", sizes.MaskFeatureSize, 1));
    }

    private GraphValue Normed(GraphValue map, string norm) => g.GroupNorm(map, norm, NormGroups);

    private IEnumerable<GraphValue> Split(GraphValue x, (int H, int W)[] levels)
    {
        int start = 0;
        foreach ((int h, int w) in levels)
        {
            yield return g.Slice(x, 1, start, start + (h * w));
            start += h * w;
        }
    }

    // Deformable self attention with an adapter in place of the output projection, feed-forward; post-norm.
    private GraphValue Layer(GraphValue x, GraphValue position, (int H, int W)[] levels, string layer)
    {
        string self = $"{layer}.self_attn";
        GraphValue attended = g.Adapter(Deformable(x, g.Add(x, position), levels, self), $"{self}.avs_adapt");
        x = g.LayerNorm(g.Add(x, attended), $"{layer}.self_attn_layer_norm");
        GraphValue fed = g.ReluMlp(x, $"{layer}.fc1", $"{layer}.fc2", sizes.EncoderFeedforwardDim, _channels);
        return g.LayerNorm(g.Add(x, fed), $"{layer}.final_layer_norm");
    }

    private GraphValue Deformable(GraphValue x, GraphValue query, (int H, int W)[] levels, string self)
    {
        int s = x.Shape[1], dim = _channels / _heads, samples = LevelCount * Points;
        GraphValue value = g.Linear(x, $"{self}.value_proj", _channels);
        GraphValue offsets = g.Reshape(g.Linear(query, $"{self}.sampling_offsets", 2 * _heads * samples), s, _heads, LevelCount, Points, 2);
        GraphValue weights = g.Softmax(g.Reshape(g.Linear(query, $"{self}.attention_weights", _heads * samples), s, _heads, samples));
        // 2 · (centre + offset / size) − 1, the form that GridSample reads.
        GraphValue grids = g.Add(g.Multiply(offsets, Scales(levels)), Centres(levels));
        grids = g.Transpose(grids, 2, 1, 0, 3, 4);
        GraphValue[] values = [.. Split(value, levels)];
        var sampled = new GraphValue[LevelCount];
        for (int i = 0; i < LevelCount; i++)
        {
            (int h, int w) = levels[i];
            GraphValue map = g.Reshape(g.Transpose(g.Reshape(values[i], h * w, _heads, dim), 1, 2, 0), _heads, dim, h, w);
            GraphValue grid = g.Reshape(g.Slice(grids, 0, i, i + 1), _heads, s, Points, 2);
            sampled[i] = g.Node(
                "GridSample", [_heads, dim, s, Points], [map, grid], ("mode", "linear"), ("padding_mode", "zeros"), ("align_corners", 0));
        }
        GraphValue shared = g.Reshape(g.Transpose(weights, 1, 0, 2), _heads, 1, s, samples);
        GraphValue product = g.Multiply(g.Concat(3, sampled), shared);
        GraphValue sum = g.Node("ReduceSum", [_heads, dim, s], [product, g.Integers(3)], ("keepdims", 0));
        return g.Reshape(g.Transpose(sum, 2, 0, 1), 1, s, _channels);
    }

    private GraphValue Scales((int H, int W)[] levels) => g.Constant(
        "grid scales", () => [.. levels.SelectMany(l => (float[])[2f / l.W, 2f / l.H])], 1, 1, LevelCount, 1, 2);

    // The centre of each token as (x,y) in −1…1.
    private GraphValue Centres((int H, int W)[] levels) => g.Constant(
        "grid centres",
        () =>
        [
            .. from l in levels
               from row in Enumerable.Range(0, l.H)
               from column in Enumerable.Range(0, l.W)
               from place in (double[])[(column + 0.5) / l.W, (row + 0.5) / l.H]
               select (float)((2 * place) - 1),
        ],
        levels.Sum(l => l.H * l.W), 1, 1, 1, 2);
}
