using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>
/// Mask2Former's transformer decoder with AAVS's audio queries: layers attend to the three levels in turn, inside the masks of the prediction before.
/// </summary>
internal sealed class QueryDecoder(GraphBuilder g, AavsSizes sizes)
{
    private const string Transformer = "model.model.transformer_module", Decoder = $"{Transformer}.decoder";
    private const int LevelCount = 3;

    private const float Blocked = -1e9f;

    private readonly Mask2FormerSizes _sizes = sizes.Mask2former;

    /// <summary>The last prediction: class logits (1,N,labels+1) and mask logits (1,N,h,w). Those before it give only the masks that the layers need.</summary>
    public (GraphValue Classes, GraphValue Masks) Forward(GraphValue[] levels, GraphValue maskFeatures, GraphValue audio)
    {
        int c = _sizes.HiddenDim, n = _sizes.NumQueries;
        GraphValue embedder = g.Parameter($"{Transformer}.queries_embedder.weight", n, c);
        GraphValue levelEmbed = g.Parameter($"{Transformer}.level_embed.weight", LevelCount, c);
        GraphValue queryPosition = g.Reshape(embedder, 1, n, c);
        GraphValue[] tokens =
        [
            .. levels.Select((map, i) => g.Add(
                g.Transpose(g.Reshape(map, 1, c, map.Shape[2] * map.Shape[3]), 0, 2, 1), g.Slice(levelEmbed, 0, i, i + 1))),
        ];
        GraphValue x = Queries(embedder, audio);
        for (int i = 0; i < _sizes.DecoderLayers - 1; i++)
        {
            int level = i % LevelCount, height = levels[level].Shape[2], width = levels[level].Shape[3];
            GraphValue bias = Bias(Masks(x, maskFeatures), height, width);
            x = Layer(x, queryPosition, tokens[level], SinePosition.Of(g, height, width, c), bias, $"{Decoder}.layers.{i}");
        }
        return (g.Linear(Normed(x), "model.class_predictor", sizes.NumLabels + 1), Masks(x, maskFeatures));
    }

    // features[n] + cos(embedder[n], a)·a, (1,N,C).
    private GraphValue Queries(GraphValue embedder, GraphValue audio)
    {
        int c = _sizes.HiddenDim, n = _sizes.NumQueries;
        GraphValue a = g.ReluMlp(audio, "audio_proj.0", "audio_proj.2", sizes.AudioHidden, c);
        GraphValue dots = g.MatMul(embedder, g.Transpose(a, 1, 0));
        GraphValue lengths = g.Multiply(Length(embedder), Length(a)), floor = g.Number(1e-8f);
        GraphValue similarity = g.Pair("Div", dots, g.Node("Max", lengths.Shape, [lengths, floor]));
        return g.Reshape(g.Add(g.Parameter($"{Transformer}.queries_features.weight", n, c), g.Multiply(similarity, a)), 1, n, c);
    }

    private GraphValue Length(GraphValue x) => g.Node("ReduceL2", [x.Shape[0], 1], [x, g.Integers(1)], ("keepdims", 1));

    private GraphValue Normed(GraphValue x) => g.LayerNorm(x, $"{Decoder}.layernorm");

    private GraphValue Masks(GraphValue x, GraphValue maskFeatures)
    {
        string embedder = $"{Decoder}.mask_predictor.mask_embedder";
        int c = _sizes.HiddenDim, m = _sizes.MaskFeatureSize, height = maskFeatures.Shape[2], width = maskFeatures.Shape[3];
        GraphValue e = g.Map("Relu", g.Linear(Normed(x), $"{embedder}.0.0", c));
        e = g.Linear(g.Map("Relu", g.Linear(e, $"{embedder}.1.0", c)), $"{embedder}.2.0", m);
        return g.Reshape(g.MatMul(e, g.Reshape(maskFeatures, 1, m, height * width)), 1, x.Shape[1], height, width);
    }

    // What keeps a query inside its last mask, or nowhere where that is empty: 0 or a large negative number, (1,1,N,h·w).
    private GraphValue Bias(GraphValue masks, int height, int width)
    {
        int n = masks.Shape[1];
        GraphValue resized = g.Reshape(g.Resize(masks, height, width), 1, 1, n, height * width);
        GraphValue outside = g.Pair("Less", g.Map("Sigmoid", resized), g.Number(0.5f));
        GraphValue largest = g.Node("ReduceMax", [1, 1, n, 1], [resized, g.Integers(3)], ("keepdims", 1));
        GraphValue isEmpty = g.Pair("Less", g.Map("Sigmoid", largest), g.Number(0.5f));
        GraphValue blocked = g.Pair("And", outside, g.Node("Not", isEmpty.Shape, [isEmpty]));
        return g.Node("Where", blocked.Shape, [blocked, g.Number(Blocked), g.Number(0)]);
    }

    // Masked cross attention, self attention with an adapter in place of its output projection, feed-forward; post-norm.
    private GraphValue Layer(GraphValue x, GraphValue queryPosition, GraphValue level, GraphValue levelPosition, GraphValue bias, string layer)
    {
        int c = _sizes.HiddenDim, heads = _sizes.NumAttentionHeads;
        string cross = $"{layer}.cross_attn", self = $"{layer}.self_attn";
        GraphValue attended = g.Attend(
            InProjection(cross, 0, g.Add(x, queryPosition)), InProjection(cross, 1, g.Add(level, levelPosition)), InProjection(cross, 2, level), heads, bias);
        x = g.LayerNorm(g.Add(x, g.Linear(attended, $"{cross}.out_proj", c)), $"{layer}.cross_attn_layer_norm");
        GraphValue positioned = g.Add(x, queryPosition);
        attended = g.Attend(g.Linear(positioned, $"{self}.q_proj", c), g.Linear(positioned, $"{self}.k_proj", c), g.Linear(x, $"{self}.v_proj", c), heads);
        x = g.LayerNorm(g.Add(x, g.Adapter(attended, $"{self}.avs_adapt")), $"{layer}.self_attn_layer_norm");
        return g.LayerNorm(g.Add(x, g.ReluMlp(x, $"{layer}.fc1", $"{layer}.fc2", _sizes.DimFeedforward, c)), $"{layer}.final_layer_norm");
    }

    // One of the three projections that torch keeps in one parameter.
    private GraphValue InProjection(string cross, int part, GraphValue x)
    {
        int c = _sizes.HiddenDim;
        GraphValue weight = g.Constant($"{cross}.{part}.weight", () => GraphBuilder.Transposed(
            ProceduralValues.Weight($"{cross}.in_proj_weight", [3 * c, c])[(part * c * c)..((part + 1) * c * c)], c, c), c, c);
        GraphValue bias = g.Constant($"{cross}.{part}.bias", () => ProceduralValues.Weight($"{cross}.in_proj_bias", [3 * c])[(part * c)..((part + 1) * c)], c);
        return g.Add(g.MatMul(x, weight), bias);
    }
}
