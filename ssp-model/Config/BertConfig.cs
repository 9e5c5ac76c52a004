using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>BERT, and BLIP's text encoder (which has cross attention and no token types).</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record BertConfig
{
    public int VocabSize { get; init; } = 30524;

    public int HiddenSize { get; init; } = 768;

    /// <summary>Channels that cross attention reads.</summary>
    public int EncoderHiddenSize { get; init; } = 768;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    public int IntermediateSize { get; init; } = 3072;

    public int MaxPositionEmbeddings { get; init; } = 512;

    public int TypeVocabSize { get; init; } = 2;

    public float LayerNormEps { get; init; } = 1e-12f;

    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Checks every size that the layers rely on.</summary>
    /// <param name="path">Where the section lies in the file, as <c>text.</c></param>
    /// <exception cref="InvalidDataException">One does not fit.</exception>
    internal void Validate(string path)
    {
        var check = new MemberCheck(path);
        // Beside a word there are the ids of padding, [CLS] and [SEP], and prompts have [CLS] once and [SEP] twice.
        check.Range(VocabSize, 4, 10_000_000);
        check.Range(MaxPositionEmbeddings, 3, ConfigLimits.Channels);
        check.Range(HiddenSize, 1, ConfigLimits.Channels);
        check.Equal(EncoderHiddenSize, HiddenSize, $"{path}hidden_size");
        check.Range(NumHiddenLayers, 1, ConfigLimits.Layers);
        check.Range(NumAttentionHeads, 1, HiddenSize);
        check.Multiple(HiddenSize, NumAttentionHeads, $"{path}num_attention_heads");
        check.Range(IntermediateSize, 1, ConfigLimits.Channels);
        check.Range(TypeVocabSize, 1, ConfigLimits.Channels);
        check.Range(LayerNormEps, 0f, 1f);
        check.OneOf(HiddenAct, Activations.Names);
    }
}
