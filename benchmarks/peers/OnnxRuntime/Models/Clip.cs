using SspNative.Lab.Workloads;
using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>CLIP's vision transformer: images (B,3,S,S) → hidden states (B,1+P,C) and the normalised class token (B,C).</summary>
internal static class Clip
{
    public static OnnxGraph Graph(BenchCase work, AttentionForm form)
    {
        var sizes = new ClipSizes();
        int b = work.Sizes["images"], c = sizes.HiddenSize, patches = sizes.ImageSize / sizes.PatchSize * (sizes.ImageSize / sizes.PatchSize);
        const string root = "vision_model", embeddings = $"{root}.embeddings";
        var g = new GraphBuilder(form);
        GraphValue images = g.NamedInput("images", b, 3, sizes.ImageSize, sizes.ImageSize);
        GraphValue map = g.Conv2d(images, $"{embeddings}.patch_embedding", c, sizes.PatchSize, sizes.PatchSize, bias: false);
        GraphValue tokens = g.Transpose(g.Reshape(map, b, c, patches), 0, 2, 1);
        GraphValue first = g.Expand(g.Reshape(g.Parameter($"{embeddings}.class_embedding", c), 1, 1, c), b, 1, c);
        GraphValue x = g.Add(g.Concat(1, first, tokens), g.Parameter($"{embeddings}.position_embedding.weight", patches + 1, c));
        x = g.LayerNorm(x, $"{root}.pre_layrnorm");
        for (int i = 0; i < sizes.NumHiddenLayers; i++)
            x = Layer(g, x, $"{root}.encoder.layers.{i}", sizes);
        g.Output("last_hidden_state", x);
        g.Output("pooler_output", g.LayerNorm(g.Reshape(g.Slice(x, 1, 0, 1), b, c), $"{root}.post_layernorm"));
        return g.Graph;
    }

    // x + attention(LN(x)), then + MLP(LN(x)).
    private static GraphValue Layer(GraphBuilder g, GraphValue x, string path, ClipSizes sizes)
    {
        string self = $"{path}.self_attn";
        GraphValue attended = g.SelfAttention(
            g.LayerNorm(x, $"{path}.layer_norm1"), $"{self}.q_proj", $"{self}.k_proj", $"{self}.v_proj", sizes.NumAttentionHeads);
        x = g.Add(x, g.Linear(attended, $"{self}.out_proj", x.Channels));
        GraphValue hidden = g.Linear(g.LayerNorm(x, $"{path}.layer_norm2"), $"{path}.mlp.fc1", sizes.IntermediateSize);
        return g.Add(x, g.Linear(QuickGelu(g, hidden), $"{path}.mlp.fc2", x.Channels));
    }

    // As exported; ONNX Runtime fuses it.
    private static GraphValue QuickGelu(GraphBuilder g, GraphValue x) => g.Multiply(x, g.Map("Sigmoid", g.Multiply(x, g.Number(1.702f))));
}
