using SspNative.Lab.Workloads;
using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>BERT: ids (B,S) → hidden states (B,S,C) and the pooled first token (B,C).</summary>
internal static class Bert
{
    private const float Epsilon = 1e-12f;

    public static OnnxGraph Graph(BenchCase work, AttentionForm form)
    {
        var sizes = BertSizes.Of(work);
        int b = work.Sizes["batch"], s = work.Sizes["tokens"], c = sizes.HiddenSize;
        var g = new GraphBuilder(form);
        GraphValue ids = g.Input("input_ids", WordIds.Of(b * s, sizes.VocabSize), b, s);
        GraphValue words = g.Node("Gather", [b, s, c], [g.Parameter("embeddings.word_embeddings.weight", sizes.VocabSize, c), ids]);
        GraphValue positions = g.Parameter("embeddings.position_embeddings.weight", sizes.MaxPositionEmbeddings, c);
        GraphValue types = g.Parameter("embeddings.token_type_embeddings.weight", sizes.TypeVocabSize, c);
        GraphValue x = g.Add(words, g.Add(g.Slice(positions, 0, 0, s), g.Slice(types, 0, 0, 1)));
        x = g.LayerNorm(x, "embeddings.LayerNorm", Epsilon);
        for (int i = 0; i < sizes.NumHiddenLayers; i++)
            x = Layer(g, x, $"encoder.layer.{i}", sizes);
        GraphValue first = g.Reshape(g.Slice(x, 1, 0, 1), b, c);
        g.Output("last_hidden_state", x);
        g.Output("pooler_output", g.Map("Tanh", g.Linear(first, "pooler.dense", c)));
        return g.Graph;
    }

    // Self attention and feed-forward, each followed by residual and LayerNorm.
    private static GraphValue Layer(GraphBuilder g, GraphValue x, string path, BertSizes sizes)
    {
        string self = $"{path}.attention.self", output = $"{path}.attention.output";
        GraphValue attended = g.SelfAttention(x, $"{self}.query", $"{self}.key", $"{self}.value", sizes.NumAttentionHeads);
        x = g.LayerNorm(g.Add(g.Linear(attended, $"{output}.dense", x.Channels), x), $"{output}.LayerNorm", Epsilon);
        GraphValue hidden = g.Gelu(g.Linear(x, $"{path}.intermediate.dense", sizes.IntermediateSize));
        return g.LayerNorm(g.Add(g.Linear(hidden, $"{path}.output.dense", x.Channels), x), $"{path}.output.LayerNorm", Epsilon);
    }
}
