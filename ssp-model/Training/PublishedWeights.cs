using SspNative.Model.Decoder;

namespace SspNative.Model.Training;

/// <summary>What parameters begin with that no file has.</summary>
public enum Initialisation
{
    /// <summary>The initialiser that each layer asks for.</summary>
    Own,

    /// <summary>The first values of AAVS's parameters beside Mask2Former's published ones: <see cref="PublishedWeights"/>.</summary>
    Published,
}

/// <summary>
/// AAVS's first values for what Mask2Former's file lacks, by the names of its code (Stepping Stones, <c>train.py</c>, and the <c>_init_weights</c> of
/// its transformers 4.35):
/// <list type="bullet">
/// <item>adapters of the backbone: zeros while they are frozen, so that the network is the published one; N(0, 0.02) with biases 0 when they are
/// trained;</item>
/// <item>adapters of the pixel decoder, queries, the three mask embeddings and the class head: N(0, 0.02), biases 0;</item>
/// <item>the audio projection: uniform within ±1/√(inputs), weights and biases, as <c>torch.nn.Linear</c>;</item>
/// <item>all else, such as the query decoder's adapters (Xavier) and what SSP adds (not in the paper): the layer's own initialiser.</item>
/// </list>
/// </summary>
/// <param name="options">The phase: its seed, and whether it trains the adapters.</param>
/// <param name="audioHidden">Hidden channels of the audio projection.</param>
public sealed class PublishedWeights(TrainingOptions options, int audioHidden) : IParameterSource
{
    private static readonly Initializer _normal = Init.Normal(deviation: 0.02);

    private static readonly string[] _embeddings =
        ["queries_embedder.", "queries_features.", "audio_embed.", "silence_embed.", "uncertain_embed.", "class_predictor."];

    public string Description => $"initialised as AAVS, seed {options.Seed}";

    public string? Problem(ParameterSpec parameter) => null;

    public bool Has(string name) => true;

    public Tensor Load(ParameterSpec parameter, IDevice device) => Of(parameter).Create(parameter.Name, parameter.Shape, options.Seed, device);

    private Initializer Of(ParameterSpec parameter)
    {
        string name = parameter.Name;
        if (parameter.Role == Role.Adapter && !options.Trains(parameter))
            return Init.Zeros;
        bool isOfPixelDecoder = name.Contains(".pixel_level_module.decoder.", StringComparison.Ordinal)
            && name.Contains(".avs_adapt.", StringComparison.Ordinal);
        if (parameter.Role == Role.Adapter || isOfPixelDecoder || _embeddings.Any(e => name.Contains($".{e}", StringComparison.Ordinal)))
            return parameter.Shape.Rank == 1 ? Init.Zeros : _normal;
        if (name.StartsWith("audio_proj.0.", StringComparison.Ordinal))
            return Linear(AudioQueries.AudioChannels);
        return name.StartsWith("audio_proj.2.", StringComparison.Ordinal) ? Linear(audioHidden) : parameter.Initializer;
    }

    // Uniform within ±1/√(inputs).
    private static Initializer Linear(int inputs) => Init.Uniform(deviation: 1 / Math.Sqrt(3.0 * inputs));
}

/// <summary>
/// What an earlier phase learned, without the backbone's adapters where they were only stand-ins: what <paramref name="first"/> lacks and no phase has
/// trained begins anew when it is trained.
/// </summary>
/// <param name="learned">The weights of the earlier phase.</param>
/// <param name="first">The weights of the whole training.</param>
internal sealed class RenewedAdapters(IParameterSource learned, IParameterSource first) : IParameterSource
{
    public string Description => learned.Description;

    public string? Problem(ParameterSpec parameter) => parameter.Role == Role.Adapter && first.Problem(parameter) is { } missing
        ? missing
        : learned.Problem(parameter);

    public bool Has(string name) => learned.Has(name);

    public Tensor Load(ParameterSpec parameter, IDevice device) => learned.Load(parameter, device);
}
