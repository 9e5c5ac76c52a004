using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>What joins the prompts with the final features; the rows of the paper's text ablation.</summary>
[JsonConverter(typeof(EnumWordsConverter<TextFusion>))]
public enum TextFusion
{
    /// <summary>Visual-textual alignment (§4.3 of the paper).</summary>
    [JsonStringEnumMemberName("vta")]
    Vta,

    /// <summary>Cross attention from the final features to the text alone.</summary>
    [JsonStringEnumMemberName("att")]
    Attention,

    /// <summary>No text: AAVS.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
