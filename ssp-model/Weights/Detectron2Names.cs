using System.Text.RegularExpressions;
using SspNative.Engine.Serialization;

namespace SspNative.Model.Weights;

/// <summary>
/// Mask2Former's files of detectron2 under the names that the model hub gave the same network: other words, and queries, keys and values in one matrix.
/// </summary>
internal static class Detectron2Names
{
    private const string Pixels = "model.pixel_level_module.decoder.", Queries = "model.transformer_module.", Swin = "model.pixel_level_module.encoder.";

    private static readonly (Regex Old, string New)[] _renames =
    [
        (Rule(@"^backbone\.patch_embed\.proj\."), $"{Swin}embeddings.patch_embeddings.projection."),
        (Rule(@"^backbone\.patch_embed\.norm\."), $"{Swin}embeddings.norm."),
        (Rule(@"^backbone\.norm0\."), $"{Swin}hidden_states_norms.stage1."),
        (Rule(@"^backbone\.norm1\."), $"{Swin}hidden_states_norms.stage2."),
        (Rule(@"^backbone\.norm2\."), $"{Swin}hidden_states_norms.stage3."),
        (Rule(@"^backbone\.norm3\."), $"{Swin}hidden_states_norms.stage4."),
        (Rule(@"^backbone\.layers\.(\d+)\.blocks\.(\d+)\.norm1\."), $"{Swin}encoder.layers.$1.blocks.$2.layernorm_before."),
        (Rule(@"^backbone\.layers\.(\d+)\.blocks\.(\d+)\.norm2\."), $"{Swin}encoder.layers.$1.blocks.$2.layernorm_after."),
        (Rule(@"^backbone\.layers\.(\d+)\.blocks\.(\d+)\.attn\.proj\."), $"{Swin}encoder.layers.$1.blocks.$2.attention.output.dense."),
        (Rule(@"^backbone\.layers\.(\d+)\.blocks\.(\d+)\.attn\."), $"{Swin}encoder.layers.$1.blocks.$2.attention.self."),
        (Rule(@"^backbone\.layers\.(\d+)\.blocks\.(\d+)\.mlp\.fc1\."), $"{Swin}encoder.layers.$1.blocks.$2.intermediate.dense."),
        (Rule(@"^backbone\.layers\.(\d+)\.blocks\.(\d+)\.mlp\.fc2\."), $"{Swin}encoder.layers.$1.blocks.$2.output.dense."),
        (Rule(@"^backbone\.layers\.(\d+)\.downsample\."), $"{Swin}encoder.layers.$1.downsample."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.mask_features\."), $"{Pixels}mask_projection."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.(adapter_1|layer_1)\.norm\."), $"{Pixels}$1.1."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.(adapter_1|layer_1)\."), $"{Pixels}$1.0."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.input_proj\."), $"{Pixels}input_projections."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.transformer\.level_embed$"), $"{Pixels}level_embed"),
        (Rule(@"^sem_seg_head\.pixel_decoder\.transformer\.encoder\.layers\.(\d+)\.norm1\."), $"{Pixels}encoder.layers.$1.self_attn_layer_norm."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.transformer\.encoder\.layers\.(\d+)\.norm2\."), $"{Pixels}encoder.layers.$1.final_layer_norm."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.transformer\.encoder\.layers\.(\d+)\.linear(\d)\."), $"{Pixels}encoder.layers.$1.fc$2."),
        (Rule(@"^sem_seg_head\.pixel_decoder\.transformer\.encoder\."), $"{Pixels}encoder."),
        (Rule(@"^sem_seg_head\.predictor\.transformer_self_attention_layers\.(\d+)\.norm\."), $"{Queries}decoder.layers.$1.self_attn_layer_norm."),
        (Rule(@"^sem_seg_head\.predictor\.transformer_self_attention_layers\.(\d+)\."), $"{Queries}decoder.layers.$1."),
        (Rule(@"^sem_seg_head\.predictor\.transformer_cross_attention_layers\.(\d+)\.norm\."), $"{Queries}decoder.layers.$1.cross_attn_layer_norm."),
        (Rule(@"^sem_seg_head\.predictor\.transformer_cross_attention_layers\.(\d+)\.multihead_attn\."), $"{Queries}decoder.layers.$1.cross_attn."),
        (Rule(@"^sem_seg_head\.predictor\.transformer_ffn_layers\.(\d+)\.linear(\d)\."), $"{Queries}decoder.layers.$1.fc$2."),
        (Rule(@"^sem_seg_head\.predictor\.transformer_ffn_layers\.(\d+)\.norm\."), $"{Queries}decoder.layers.$1.final_layer_norm."),
        (Rule(@"^sem_seg_head\.predictor\.decoder_norm\."), $"{Queries}decoder.layernorm."),
        (Rule(@"^sem_seg_head\.predictor\.query_feat\."), $"{Queries}queries_features."),
        (Rule(@"^sem_seg_head\.predictor\.query_embed\."), $"{Queries}queries_embedder."),
        (Rule(@"^sem_seg_head\.predictor\.level_embed\."), $"{Queries}level_embed."),
        (Rule(@"^sem_seg_head\.predictor\.mask_embed\.layers\.(\d)\."), $"{Queries}decoder.mask_predictor.mask_embedder.$1.0."),
        (Rule(@"^sem_seg_head\.predictor\.class_embed\."), "class_predictor."),
    ];

    // Three matrices, one above the other: of Swin's attention, and of the queries to themselves.
    private static readonly (string Joined, string[] Split)[] _joined =
    [
        (".attention.self.qkv.", [".attention.self.query.", ".attention.self.key.", ".attention.self.value."]),
        (".self_attn.in_proj_", [".self_attn.q_proj.", ".self_attn.k_proj.", ".self_attn.v_proj."]),
    ];

    /// <summary>Whether a name is one of detectron2's Mask2Former.</summary>
    public static bool Has(string name) => name.StartsWith("sem_seg_head.predictor.transformer_", StringComparison.Ordinal);

    /// <summary>A tensor under the hub's names; under its own where the hub has none.</summary>
    public static IEnumerable<(string Name, TensorEntry Entry)> Rename(string name, TensorEntry entry)
    {
        foreach ((Regex old, string renamed) in _renames)
            if (old.IsMatch(name))
            {
                name = old.Replace(name, renamed);
                break;
            }
        foreach ((string joined, string[] split) in _joined)
            if (name.Contains(joined, StringComparison.Ordinal) && entry.Shape is { Rank: > 0 } shape && shape[0] % split.Length == 0)
                return split.Select((part, i) =>
                {
                    string own = name.Replace(joined, part, StringComparison.Ordinal);
                    return (own, entry.Rows(own, i * (shape[0] / split.Length), shape[0] / split.Length));
                });
        return [(name, entry)];
    }

    private static Regex Rule(string pattern) => new(pattern, RegexOptions.CultureInvariant);
}
