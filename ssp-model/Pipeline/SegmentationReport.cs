using System.Diagnostics;
using System.Text.Json;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Weights;

namespace SspNative.Model.Pipeline;

/// <summary>One frame of <c>result.json</c>.</summary>
public sealed record FrameReport(int Index, double Time, string Mask, IReadOnlyList<FoundObject> Objects);

/// <summary>Seconds that a stage took.</summary>
public sealed record StageReport(string Stage, double Seconds);

/// <summary>What <c>result.json</c> holds: what was found, with which options, how long it took and how much memory.</summary>
public sealed record SegmentationReport
{
    public required string Input { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required double FramesPerSecond { get; init; }

    /// <summary>Whether the clip has any sound; where not, nothing sounds in it.</summary>
    public required bool HasAudio { get; init; }

    public required string Task { get; init; }

    public required string Weights { get; init; }

    /// <summary>Whether the weights were generated and the masks therefore mean nothing.</summary>
    public required bool Meaningless { get; init; }

    public required string? A1 { get; init; }

    public required string? A2 { get; init; }

    public required string Flow { get; init; }

    public required string Tau { get; init; }

    public required string InferenceMask { get; init; }

    public required string Device { get; init; }

    public required IReadOnlyList<StageReport> Stages { get; init; }

    /// <summary>The most tensor memory in use at once.</summary>
    public required long PeakTensorBytes { get; init; }

    /// <summary>The most memory that the whole process took.</summary>
    public required long PeakProcessBytes { get; init; }

    public required IReadOnlyList<FrameReport> Frames { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, ConfigJson.Options);

    internal static SegmentationReport From(
        SegmentationOptions options, ClipSource clip, IDevice device, WeightFiles weights,
        IReadOnlyList<(LabelMap[] Labels, float[][] Confidence)> results, StageClock clock)
    {
        IReadOnlyList<string> names = ClassNames(options.Config);
        using var process = Process.GetCurrentProcess();
        return new SegmentationReport
        {
            Input = options.Input,
            Width = results[0].Labels[0].Width,
            Height = results[0].Labels[0].Height,
            FramesPerSecond = clip.FramesPerSecond,
            HasAudio = clip.HasAudio,
            Task = options.Config.Task == SegmentationTask.Avs ? "avs" : "avss",
            Weights = weights.Description,
            Meaningless = weights.IsMeaningless,
            A1 = options.Prompts?.A1,
            A2 = options.Prompts?.A2,
            Flow = options.Flow switch
            {
                FlowKind.None => "none",
                FlowKind.Pyramid => "pyramid",
                _ => $"perceiver, {options.FlowSize.ToString().ToLowerInvariant()}",
            },
            Tau = options.Tau.ToString(),
            InferenceMask = options.MaskMode.ToString().ToLowerInvariant(),
            Device = device.Description,
            Stages = [.. clock.Times.Select(t => new StageReport(t.Stage, Math.Round(t.Seconds, 3)))],
            PeakTensorBytes = device.PeakBytes,
            PeakProcessBytes = process.PeakWorkingSet64,
            Frames =
            [
                .. results.Select((r, t) => new FrameReport(
                    t, t / clip.FramesPerSecond, ResultWriter.MaskName(t), MaskPostprocessor.Objects(r.Labels[0], r.Confidence[0], names))),
            ],
        };
    }

    /// <summary>Names of a model's labels, the background first.</summary>
    public static IReadOnlyList<string> ClassNames(SspConfig config) => config switch
    {
        { Task: SegmentationTask.Avs } => ["background", "sounding object"],
        { NumLabels: var n } when n == Palette.ClassNames.Count => Palette.ClassNames,
        _ => ["background", .. Enumerable.Range(1, config.NumLabels - 1).Select(i => $"class {i}")],
    };
}
