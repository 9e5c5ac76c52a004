using System.Diagnostics;
using SspNative.Model.Config;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>One frame of <c>result.json</c>.</summary>
public sealed record FrameReport(int Index, double Time, string Mask, IReadOnlyList<FoundObject> Objects);

/// <summary>What <c>result.json</c> holds: what was found, with which options, how long it took and how much memory.</summary>
public sealed record SegmentationReport
{
    public required string Input { get; init; }

    /// <summary>The file with the sound, where it is not the clip's own.</summary>
    public string? Audio { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required double FramesPerSecond { get; init; }

    /// <summary>Whether the clip has any sound; where not, nothing sounds in it.</summary>
    public required bool HasAudio { get; init; }

    public required string Task { get; init; }

    public required string Weights { get; init; }

    /// <summary>Equal where weight files, sizes and vocabulary are; results from before do not say.</summary>
    public string? ModelId { get; init; }

    /// <summary>What the weights say of themselves: what they are good for, and how they were made.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the weights were generated and the masks therefore mean nothing.</summary>
    public required bool Meaningless { get; init; }

    public required string? A1 { get; init; }

    public required string? A2 { get; init; }

    public required string Flow { get; init; }

    public required string Tau { get; init; }

    /// <summary>What counted as motion; results from before there was a choice do not say.</summary>
    public string Motion { get; init; } = "clip";

    public required string InferenceMask { get; init; }

    public required string Device { get; init; }

    public required IReadOnlyList<StageTime> Stages { get; init; }

    /// <summary>The most tensor memory in use at once.</summary>
    public required long PeakTensorBytes { get; init; }

    /// <summary>The most memory that the whole process took.</summary>
    public required long PeakProcessBytes { get; init; }

    /// <summary>How an object's box is written.</summary>
    public string BoxFormat { get; init; } = "left, top, width, height in pixels; the upper left pixel is at 0, 0";

    public required IReadOnlyList<FrameReport> Frames { get; init; }

    public string ToJson() => ConfigJson.Write(this);

    /// <summary>Writes what <see cref="ToJson"/> gives, without holding it.</summary>
    public void WriteJson(Stream stream) => ConfigJson.Write(this, stream);

    internal static SegmentationReport From(ClipSegmentation segmentation, int width, int height, IReadOnlyList<FrameReport> frames)
    {
        using var process = Process.GetCurrentProcess();
        SegmentationSettings settings = segmentation.Settings;
        return new SegmentationReport
        {
            Input = segmentation.Clip.Location,
            Audio = settings.Audio,
            Width = width,
            Height = height,
            FramesPerSecond = segmentation.Clip.FramesPerSecond,
            HasAudio = segmentation.Clip.HasAudio,
            Task = ConfigJson.Word(segmentation.Networks.Config.Task),
            Weights = segmentation.Networks.Weights.Description,
            ModelId = segmentation.ModelId,
            Note = segmentation.Networks.Weights.Card?.Note,
            Meaningless = segmentation.Networks.Weights.IsMeaningless,
            A1 = settings.Prompts?.A1,
            A2 = settings.Prompts?.A2,
            Flow = segmentation.Flow switch
            {
                FlowKind.None => "none",
                FlowKind.Pyramid => "pyramid",
                _ => $"perceiver, {settings.FlowSize.ToString().ToLowerInvariant()}",
            },
            Tau = segmentation.Inference.Tau.ToString(),
            Motion = segmentation.Inference.Motion.ToString().ToLowerInvariant(),
            InferenceMask = segmentation.Inference.Mask.ToString().ToLowerInvariant(),
            Device = segmentation.Networks.Device.Description,
            Stages = [.. segmentation.Clock.Times.Select(t => t with { Seconds = Math.Round(t.Seconds, 3) })],
            PeakTensorBytes = segmentation.Networks.Device.PeakBytes,
            PeakProcessBytes = process.PeakWorkingSet64,
            Frames = frames,
        };
    }
}
