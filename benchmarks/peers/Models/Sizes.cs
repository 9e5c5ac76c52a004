using System.Text.Json;
using SspNative.Lab.Workloads;

namespace SspNative.Peers.Models;

/// <summary>Swin transformer; the defaults are Swin-B.</summary>
internal sealed record SwinSizes
{
    public int EmbedDim { get; init; } = 128;

    public int[] Depths { get; init; } = [2, 2, 18, 2];

    public int[] NumHeads { get; init; } = [4, 8, 16, 32];

    public int WindowSize { get; init; } = 12;

    public int PatchSize { get; init; } = 4;

    public double MlpRatio { get; init; } = 4;
}

/// <summary>Mask2Former's two decoders.</summary>
internal sealed record Mask2FormerSizes
{
    public int FeatureSize { get; init; } = 256;

    public int MaskFeatureSize { get; init; } = 256;

    public int HiddenDim { get; init; } = 256;

    public int EncoderFeedforwardDim { get; init; } = 1024;

    public int EncoderLayers { get; init; } = 6;

    /// <summary>One more than the layers that are built.</summary>
    public int DecoderLayers { get; init; } = 10;

    public int NumAttentionHeads { get; init; } = 8;

    public int DimFeedforward { get; init; } = 2048;

    public int NumQueries { get; init; } = 30;
}

/// <summary>AAVS, task <c>avs</c>.</summary>
internal sealed record AavsSizes
{
    public SwinSizes Swin { get; init; } = new();

    public Mask2FormerSizes Mask2former { get; init; } = new();

    public int NumLabels { get; init; } = 2;

    public int AudioHidden { get; init; } = 512;
}

/// <summary>BERT; the defaults are BERT-base, with the vocabulary of BLIP's text encoder.</summary>
internal sealed record BertSizes
{
    public int VocabSize { get; init; } = 30524;

    public int HiddenSize { get; init; } = 768;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    public int IntermediateSize { get; init; } = 3072;

    public int MaxPositionEmbeddings { get; init; } = 512;

    public int TypeVocabSize { get; init; } = 2;

    /// <summary>Those of a case.</summary>
    public static BertSizes Of(BenchCase work) => new()
    {
        VocabSize = work.Sizes["vocabulary"],
        HiddenSize = work.Sizes["hidden"],
        NumHiddenLayers = work.Sizes["layers"],
        NumAttentionHeads = work.Sizes["heads"],
        IntermediateSize = work.Sizes["intermediate"],
    };
}

/// <summary>CLIP's vision transformer, B/16.</summary>
internal sealed record ClipSizes
{
    public int HiddenSize { get; init; } = 768;

    public int IntermediateSize { get; init; } = 3072;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    public int ImageSize { get; init; } = 224;

    public int PatchSize { get; init; } = 16;
}

/// <summary>Perceiver IO for optical flow, as published.</summary>
internal sealed record PerceiverSizes
{
    public int[] TrainSize { get; init; } = [368, 496];

    public int NumLatents { get; init; } = 2048;

    public int DLatents { get; init; } = 512;

    public int NumSelfAttendsPerBlock { get; init; } = 24;

    public int NumSelfAttentionHeads { get; init; } = 16;
}

/// <summary>Sizes from published config files: snake_case names; what is not a size is passed over.</summary>
internal static class SizesJson
{
    private static readonly JsonSerializerOptions _options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, _options) ?? throw new InvalidDataException("a configuration must be an object");
}
