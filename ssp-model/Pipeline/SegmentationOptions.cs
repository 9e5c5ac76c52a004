using SspNative.Model.Config;
using SspNative.Model.MaskFusion;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Pipeline;

/// <summary>Everything that decides what a segmentation computes.</summary>
public sealed record SegmentationOptions
{
    /// <summary>A video, or a folder with <c>frames/</c> and <c>audio.wav</c>.</summary>
    public required string Input { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>See <see cref="Weights.WeightFiles"/>.</summary>
    public required IReadOnlyList<string> Weights { get; init; }

    /// <summary>Weights of the binary stage for task <c>avss</c>; those of <see cref="Weights"/> when they are procedural.</summary>
    public IReadOnlyList<string> Stage1Weights { get; init; } = [];

    public SspConfig Config { get; init; } = new();

    /// <summary>
    /// Sizes of the binary stage for task <c>avss</c>, whose weights then bring a VGGish of their own; null: those of
    /// <see cref="SspConfig.BinaryStage"/>, and it hears by the semantic stage's.
    /// </summary>
    public SspConfig? Stage1Config { get; init; }

    /// <summary>Threshold of the binary stage's optical mask; null: <see cref="Tau"/>.</summary>
    public Tau? Stage1Tau { get; init; }

    /// <summary>What multiplies the binary stage's frames.</summary>
    public InferenceMaskMode Stage1Mask { get; init; } = InferenceMaskMode.Soft;

    /// <summary>Whether the weights were trained on hashed words, so that prompts need no vocabulary.</summary>
    public bool HashesWords { get; init; }

    /// <summary>What the weights say of themselves.</summary>
    public string? Note { get; init; }

    /// <summary>What a language model said of the clip; null: empty text.</summary>
    public Prompts? Prompts { get; init; }

    /// <summary>WordPiece vocabulary of the text encoder; null: words are hashed to ids, which suits only procedural weights.</summary>
    public string? Vocabulary { get; init; }

    public double Fps { get; init; } = 1;

    public Tau Tau { get; init; } = Tau.Default;

    /// <summary>Null: soft for task <c>avs</c>, stage1 for <c>avss</c>.</summary>
    public InferenceMaskMode? InferenceMask { get; init; }

    public FlowKind Flow { get; init; } = FlowKind.Perceiver;

    public FlowSize FlowSize { get; init; } = FlowSize.Tile;

    /// <summary>The mask mode in force.</summary>
    public InferenceMaskMode MaskMode =>
        InferenceMask ?? (Config.Task == SegmentationTask.Avss ? InferenceMaskMode.Stage1 : InferenceMaskMode.Soft);

    /// <exception cref="InputException">Options contradict each other.</exception>
    public void Validate()
    {
        if (Config.Task == SegmentationTask.Avs && MaskMode == InferenceMaskMode.Stage1)
            throw new InputException("--inference-mask stage1 needs --task avss: only the semantic stage has a first stage before it");
        if (Vocabulary is not null && !File.Exists(Vocabulary))
            throw new InputException($"{Vocabulary}: there is no such vocabulary file");
    }
}
