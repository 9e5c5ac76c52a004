using SspNative.Cli.Options;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.MaskFusion;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Training;

namespace SspNative.Cli.Evaluating;

/// <summary>What a command line of <c>ssp eval</c> asks for; null is what it leaves to the model.</summary>
/// <param name="Data">Where the clips are.</param>
/// <param name="Split">Which of them.</param>
internal sealed record EvalRequest(DataChoice Data, string Split)
{
    public string? Model { get; init; }

    /// <summary>A folder of masks to be scored in place of a model's.</summary>
    public string? Masks { get; init; }

    /// <summary>The task, or its default.</summary>
    public SegmentationTask Task { get; init; }

    /// <summary>Whether the task is given.</summary>
    public bool HasTask { get; init; }

    /// <summary>The only protocol to be reported; null: all.</summary>
    public string? Protocol { get; init; }

    /// <summary>What is heard in place of the clips' own sound.</summary>
    public ReplacedSound? Sound { get; init; }

    public MotionMeasure? Motion { get; init; }

    public InferenceMaskMode? InferenceMask { get; init; }

    public string? FlowWeights { get; init; }

    public string? Vocabulary { get; init; }

    /// <summary>Where the masks found are kept.</summary>
    public string? SavedMasks { get; init; }

    public bool IsJson { get; init; }

    /// <summary>The options that a model is scored with: those of its training, but for what the command line says of masks.</summary>
    public TrainingOptions Scored(TrainingOptions trained)
    {
        TrainingOptions options = trained with { Motion = Motion ?? trained.Motion };
        return InferenceMask is { } mask ? options with { PreMask = true, InferenceMask = mask } : options;
    }

    /// <summary>Opens the clips.</summary>
    /// <exception cref="InputException">There is no such split or subset, or no clip in it.</exception>
    public IClipDataset Open(SegmentationTask task, TrainingObjective objective, IFlowEstimator? estimator, ClipCache? cache)
    {
        AvsBenchOptions clips = Data.Clips(AvsBenchOptions.ParseSplit(Split), task, objective);
        return DataOptions.Open(
            Data, clips with { KeepClasses = true, Scenes = objective == TrainingObjective.Segmentation }, estimator, cache);
    }

    /// <summary>The report, of the protocol that was asked for.</summary>
    public EvaluationReport Chosen(EvaluationReport report) => Protocol is { } protocol ? report.Only(protocol) : report;
}
