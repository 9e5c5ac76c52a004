using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>The two stages of AAVS and SSP.</summary>
[JsonConverter(typeof(EnumWordsConverter<SegmentationTask>))]
public enum SegmentationTask
{
    /// <summary>Binary masks: which pixels sound.</summary>
    [JsonStringEnumMemberName("avs")]
    Avs,

    /// <summary>Semantic masks: which class sounds where, given the masks of the binary stage.</summary>
    [JsonStringEnumMemberName("avss")]
    Avss,
}
