using SspNative.Model.Config;
using SspNative.Model.Weights;

namespace SspNative.Model.Pipeline;

/// <summary>What a model is made of. Everything but the weights has a default, which the weight files themselves may say.</summary>
public sealed record SspModelOptions
{
    /// <summary>Weight files, as <see cref="WeightFiles"/> takes them.</summary>
    public required IReadOnlyList<string> Weights { get; init; }

    /// <summary>Weights of the binary stage for task <c>avss</c>; those of <see cref="Weights"/> when they are procedural.</summary>
    public IReadOnlyList<string> Stage1Weights { get; init; } = [];

    /// <summary>Sizes of the model; null: what the weight files say, else the published sizes.</summary>
    public SspConfig? Config { get; init; }

    /// <summary>The task; null: the one of the sizes.</summary>
    public SegmentationTask? Task { get; init; }

    /// <summary>
    /// WordPiece vocabulary of the text encoder; null: the <c>vocab.txt</c> beside the weights. Weights that were trained on hashed words have no use for
    /// it.
    /// </summary>
    public string? Vocabulary { get; init; }

    /// <summary>
    /// Whether networks stay loaded from one clip to the next. Otherwise each is loaded when its turn comes and freed after it, which takes the least
    /// memory for a single clip.
    /// </summary>
    public bool KeepsNetworks { get; init; } = true;
}
