using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>
/// Perceiver IO for optical flow. The defaults are deepmind/optical-flow-perceiver. Published files also hold a layer_norm_eps, which the
/// published network ignores.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record PerceiverFlowConfig
{
    /// <summary>Channels of a pixel: 64 features and 258 of its position.</summary>
    internal const int InputChannels = 322;

    /// <summary>Height and width the network was trained at, and runs at.</summary>
    public IReadOnlyList<int> TrainSize { get; init; } = [368, 496];

    public int NumLatents { get; init; } = 2048;

    public int DLatents { get; init; } = 512;

    public int NumBlocks { get; init; } = 1;

    public int NumSelfAttendsPerBlock { get; init; } = 24;

    public int NumSelfAttentionHeads { get; init; } = 16;

    public int NumCrossAttentionHeads { get; init; } = 1;

    public int SelfAttentionWideningFactor { get; init; } = 1;

    public int CrossAttentionWideningFactor { get; init; } = 1;

    /// <summary>Checks every size that the layers rely on.</summary>
    /// <param name="path">Where the section lies in the file, as <c>flow.</c></param>
    /// <exception cref="InvalidDataException">One does not fit.</exception>
    internal void Validate(string path)
    {
        var check = new MemberCheck(path);
        // Tiles of the network's size share 20 pixels with their neighbours.
        check.List(TrainSize, 2, 32, 2048);
        // The published networks of this kind have at most 8 blocks, 2,048 latents of 1,280 channels and a widening factor of 4.
        check.Range(NumLatents, 1, 16_384);
        check.Range(DLatents, 1, 16_384);
        check.Range(NumBlocks, 1, 16);
        check.Range(NumSelfAttendsPerBlock, 1, ConfigLimits.Layers);
        check.Range(NumSelfAttentionHeads, 1, DLatents);
        check.Multiple(DLatents, NumSelfAttentionHeads, $"{path}num_self_attention_heads");
        check.Range(NumCrossAttentionHeads, 1, InputChannels);
        if (InputChannels % NumCrossAttentionHeads != 0)
            throw new InvalidDataException(
                $"{path}num_cross_attention_heads is {NumCrossAttentionHeads}; it must divide the {InputChannels} channels of a pixel");
        check.Multiple(DLatents, NumCrossAttentionHeads, $"{path}num_cross_attention_heads");
        check.Range(SelfAttentionWideningFactor, 1, 8);
        check.Range(CrossAttentionWideningFactor, 1, 8);
    }
}
