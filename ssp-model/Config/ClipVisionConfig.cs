using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>CLIP's vision transformer. The defaults are openai/clip-vit-base-patch16.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record ClipVisionConfig
{
    public int HiddenSize { get; init; } = 768;

    public int IntermediateSize { get; init; } = 3072;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    public int ImageSize { get; init; } = 224;

    public int PatchSize { get; init; } = 16;

    public string HiddenAct { get; init; } = "quick_gelu";

    public float LayerNormEps { get; init; } = 1e-5f;

    /// <summary>Tokens of an image: (image_size / patch_size)² patches and the class token. A remainder of the side is no patch.</summary>
    [JsonIgnore]
    public int Tokens => (ImageSize / PatchSize) * (ImageSize / PatchSize) + 1;

    /// <summary>Checks every size that the layers rely on.</summary>
    /// <param name="path">Where the section lies in the file, as <c>clip.</c></param>
    /// <exception cref="InvalidDataException">One does not fit.</exception>
    internal void Validate(string path)
    {
        var check = new MemberCheck(path);
        check.Range(HiddenSize, 1, ConfigLimits.Channels);
        check.Range(IntermediateSize, 1, ConfigLimits.Channels);
        check.Range(NumHiddenLayers, 1, ConfigLimits.Layers);
        check.Range(NumAttentionHeads, 1, HiddenSize);
        check.Multiple(HiddenSize, NumAttentionHeads, $"{path}num_attention_heads");
        check.Range(ImageSize, 1, ConfigLimits.ImageSide);
        check.Range(PatchSize, (ImageSize + ConfigLimits.AttentionGridSide - 1) / ConfigLimits.AttentionGridSide, ImageSize);
        check.OneOf(HiddenAct, Activations.Names);
        check.Range(LayerNormEps, 0f, 1f);
    }
}
