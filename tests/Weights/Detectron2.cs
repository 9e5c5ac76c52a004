using SspNative.Tests.Support;

namespace SspNative.Tests.Weights;

/// <summary>The names that detectron2 has for what the model hub calls otherwise, as its Mask2Former's code makes them.</summary>
internal static class Detectron2
{
    private const string Pixels = "sem_seg_head.pixel_decoder.", Queries = "sem_seg_head.predictor.";

    public static IEnumerable<TorchTensor> Of(IReadOnlyList<TorchTensor> hub) => hub
        .GroupBy(t => Joined(Name(t.Name)))
        .Select(g => g.Count() == 1 ? g.First() with { Name = g.Key } : new TorchTensor(
            g.Key, "FloatStorage", [g.Sum(t => t.Shape[0]), .. g.First().Shape[1..]], [.. g.OrderBy(t => Order(t.Name)).SelectMany(t => t.Bytes!)]));

    private static string Name(string hub)
    {
        string[] p = hub.Split('.');
        string last = p[^1];
        return p switch
        {
            ["model", "pixel_level_module", "encoder", "embeddings", "patch_embeddings", ..] => $"backbone.patch_embed.proj.{last}",
            ["model", "pixel_level_module", "encoder", "embeddings", ..] => $"backbone.patch_embed.norm.{last}",
            ["model", "pixel_level_module", "encoder", "hidden_states_norms", var stage, ..] => $"backbone.norm{stage[^1] - '1'}.{last}",
            ["model", "pixel_level_module", "encoder", "encoder", "layers", var i, "downsample", .. var rest] =>
                $"backbone.layers.{i}.downsample.{string.Join('.', rest)}",
            ["model", "pixel_level_module", "encoder", "encoder", "layers", var i, "blocks", var j, .. var rest] =>
                $"backbone.layers.{i}.blocks.{j}.{Block(rest)}",
            ["model", "pixel_level_module", "decoder", "mask_projection", ..] => $"{Pixels}mask_features.{last}",
            ["model", "pixel_level_module", "decoder", "input_projections", .. var rest] => $"{Pixels}input_proj.{string.Join('.', rest)}",
            ["model", "pixel_level_module", "decoder", "level_embed"] => $"{Pixels}transformer.level_embed",
            ["model", "pixel_level_module", "decoder", ("adapter_1" or "layer_1") and var layer, "0", ..] => $"{Pixels}{layer}.{last}",
            ["model", "pixel_level_module", "decoder", ("adapter_1" or "layer_1") and var layer, ..] => $"{Pixels}{layer}.norm.{last}",
            ["model", "pixel_level_module", "decoder", "encoder", "layers", var i, .. var rest] => $"{Pixels}transformer.encoder.layers.{i}.{Pixel(rest)}",
            ["model", "transformer_module", "queries_features", ..] => $"{Queries}query_feat.{last}",
            ["model", "transformer_module", "queries_embedder", ..] => $"{Queries}query_embed.{last}",
            ["model", "transformer_module", "level_embed", ..] => $"{Queries}level_embed.{last}",
            ["model", "transformer_module", "decoder", "layernorm", ..] => $"{Queries}decoder_norm.{last}",
            ["model", "transformer_module", "decoder", "mask_predictor", "mask_embedder", var j, ..] => $"{Queries}mask_embed.layers.{j}.{last}",
            ["model", "transformer_module", "decoder", "layers", var i, .. var rest] => $"{Queries}{Query(i, rest)}",
            ["class_predictor", ..] => $"{Queries}class_embed.{last}",
            _ => hub,
        };
    }

    private static string Block(string[] rest) => rest switch
    {
        ["layernorm_before", var w] => $"norm1.{w}",
        ["layernorm_after", var w] => $"norm2.{w}",
        ["intermediate", "dense", var w] => $"mlp.fc1.{w}",
        ["output", "dense", var w] => $"mlp.fc2.{w}",
        ["attention", "output", "dense", var w] => $"attn.proj.{w}",
        ["attention", "self", .. var own] => $"attn.{string.Join('.', own)}",
        _ => string.Join('.', rest),
    };

    private static string Pixel(string[] rest) => rest switch
    {
        ["self_attn_layer_norm", var w] => $"norm1.{w}",
        ["final_layer_norm", var w] => $"norm2.{w}",
        ["fc1", var w] => $"linear1.{w}",
        ["fc2", var w] => $"linear2.{w}",
        _ => string.Join('.', rest),
    };

    private static string Query(string layer, string[] rest) => rest switch
    {
        ["self_attn", .. var own] => $"transformer_self_attention_layers.{layer}.self_attn.{string.Join('.', own)}",
        ["self_attn_layer_norm", var w] => $"transformer_self_attention_layers.{layer}.norm.{w}",
        ["cross_attn", .. var own] => $"transformer_cross_attention_layers.{layer}.multihead_attn.{string.Join('.', own)}",
        ["cross_attn_layer_norm", var w] => $"transformer_cross_attention_layers.{layer}.norm.{w}",
        ["fc1", var w] => $"transformer_ffn_layers.{layer}.linear1.{w}",
        ["fc2", var w] => $"transformer_ffn_layers.{layer}.linear2.{w}",
        ["final_layer_norm", var w] => $"transformer_ffn_layers.{layer}.norm.{w}",
        _ => string.Join('.', rest),
    };

    // Queries, keys and values are one matrix.
    private static string Joined(string name)
    {
        foreach (string part in (string[])["query", "key", "value"])
            name = name.Replace($".attn.{part}.", ".attn.qkv.", StringComparison.Ordinal);
        foreach (string part in (string[])["q", "k", "v"])
            name = name.Replace($".self_attn.{part}_proj.", ".self_attn.in_proj_", StringComparison.Ordinal);
        return name;
    }

    private static int Order(string hub) => hub.Contains("query.", StringComparison.Ordinal) || hub.Contains("q_proj.", StringComparison.Ordinal) ? 0
        : hub.Contains("key.", StringComparison.Ordinal) || hub.Contains("k_proj.", StringComparison.Ordinal) ? 1 : 2;
}
