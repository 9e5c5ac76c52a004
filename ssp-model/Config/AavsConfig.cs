using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>AAVS: Mask2Former with adapters, audio queries and, for <c>avss</c>, mask guidance.</summary>
public sealed record AavsConfig
{
    public SegmentationTask Task { get; init; } = SegmentationTask.Avs;

    public SwinConfig Swin { get; init; } = new();

    public Mask2FormerConfig Mask2former { get; init; } = new();

    public int NumLabels { get; init; } = 2;

    public int AudioHidden { get; init; } = 512;

    /// <summary>Channels of the text that queries attend to (not in the paper); null: they see pixels alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TextChannels { get; init; }
}
