using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>Mask2Former's pixel decoder and masked-attention decoder.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record Mask2FormerConfig
{
    /// <summary>Groups of the pixel decoder's norms.</summary>
    internal const int NormGroups = 32;

    // Published are 6 and 10. Each meets every token of an image.
    private const int MostLayers = 50;

    /// <summary>Channels of the pixel decoder.</summary>
    public int FeatureSize { get; init; } = 256;

    public int MaskFeatureSize { get; init; } = 256;

    /// <summary>Channels of the queries.</summary>
    public int HiddenDim { get; init; } = 256;

    public int EncoderFeedforwardDim { get; init; } = 1024;

    public int EncoderLayers { get; init; } = 6;

    /// <summary>Published count; one less layers are built, the first prediction being made before any layer.</summary>
    public int DecoderLayers { get; init; } = 10;

    public int NumAttentionHeads { get; init; } = 8;

    public int DimFeedforward { get; init; } = 2048;

    public int NumQueries { get; init; } = 30;

    /// <summary>Checks every size that the layers rely on.</summary>
    /// <param name="path">Where the section lies in the file, as <c>mask2former.</c></param>
    /// <exception cref="InvalidDataException">One does not fit.</exception>
    internal void Validate(string path)
    {
        var check = new MemberCheck(path);
        check.Range(FeatureSize, NormGroups, ConfigLimits.Channels);
        check.Multiple(FeatureSize, NormGroups, "the groups of its norms");
        check.Equal(HiddenDim, FeatureSize, $"{path}feature_size");
        check.Range(MaskFeatureSize, 1, ConfigLimits.Channels);
        check.Range(EncoderFeedforwardDim, 1, ConfigLimits.Channels);
        check.Range(EncoderLayers, 1, MostLayers);
        check.Range(DecoderLayers, 1, MostLayers);
        check.Range(NumAttentionHeads, 1, FeatureSize);
        check.Multiple(FeatureSize, NumAttentionHeads, $"{path}num_attention_heads");
        // Attention to the text alone has as many heads.
        check.Multiple(MaskFeatureSize, NumAttentionHeads, $"{path}num_attention_heads");
        check.Range(DimFeedforward, 1, ConfigLimits.Channels);
        check.Range(NumQueries, 1, 4096);
    }
}
