using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>Swin transformer. The defaults are Swin-B as in facebook/mask2former-swin-base-ade-semantic.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record SwinConfig
{
    /// <summary>Stages of the backbone, whose maps the decoder reads.</summary>
    internal const int Stages = 4;

    public int EmbedDim { get; init; } = 128;

    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 18, 2];

    public IReadOnlyList<int> NumHeads { get; init; } = [4, 8, 16, 32];

    public int WindowSize { get; init; } = 12;

    public float MlpRatio { get; init; } = 4f;

    public int PatchSize { get; init; } = 4;

    public float LayerNormEps { get; init; } = 1e-5f;

    public bool QkvBias { get; init; } = true;

    /// <summary>Whether the blocks carry AAVS's adapters.</summary>
    public bool Adapters { get; init; } = true;

    /// <summary>Channels of stage i: EmbedDim · 2ⁱ.</summary>
    public int Channels(int stage) => EmbedDim << stage;

    /// <summary>Checks every size that the layers rely on.</summary>
    /// <param name="path">Where the section lies in the file, as <c>swin.</c></param>
    /// <exception cref="InvalidDataException">One does not fit.</exception>
    internal void Validate(string path)
    {
        var check = new MemberCheck(path);
        // A quarter of the channels is left in the adapters, and the last stage has eight times as many.
        check.Range(EmbedDim, 4, ConfigLimits.Channels >> (Stages - 1));
        check.List(Depths, Stages, 1, ConfigLimits.Layers);
        check.List(NumHeads, Stages, 1, ConfigLimits.Channels);
        for (int stage = 0; stage < Stages; stage++)
            if (Channels(stage) % NumHeads[stage] != 0)
                throw new InvalidDataException(
                    $"{path}num_heads[{stage}] is {NumHeads[stage]}; it must divide the {Channels(stage)} channels of its stage");
        check.Range(WindowSize, 1, 64);
        check.Range(MlpRatio, 0.25f, 64f);
        check.Range(PatchSize, 1, 64);
        check.Range(LayerNormEps, 0f, 1f);
    }
}
