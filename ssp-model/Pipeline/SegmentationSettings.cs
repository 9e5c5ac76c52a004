using SspNative.Model.MaskFusion;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Pipeline;

/// <summary>How a clip is segmented. What is null follows the model.</summary>
public sealed record SegmentationSettings
{
    /// <summary>What a language model said of the clip; null: empty text.</summary>
    public Prompts? Prompts { get; init; }

    /// <summary>Frames taken from a second of video.</summary>
    public double Fps { get; init; } = 1;

    /// <summary>A file with the sound, where it is not the clip's own: a WAV, or what ffmpeg reads.</summary>
    public string? Audio { get; init; }

    /// <summary>Which optical flow makes the pre-mask.</summary>
    public FlowKind? Flow { get; init; }

    /// <summary>The size at which Perceiver IO sees the frames.</summary>
    public FlowSize FlowSize { get; init; } = FlowSize.Tile;

    /// <summary>Threshold of the optical mask.</summary>
    public Tau? Tau { get; init; }

    /// <summary>What counts as motion.</summary>
    public MotionMeasure? Motion { get; init; }

    /// <summary>What multiplies the frames.</summary>
    public InferenceMaskMode? InferenceMask { get; init; }
}
