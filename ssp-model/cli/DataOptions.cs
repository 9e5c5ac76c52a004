using System.CommandLine;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.OpticalFlow.Pyramid;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli;

/// <summary>The clips that <see cref="DataOptions"/> choose, by the options' values.</summary>
internal sealed record DataChoice(string Root, string Subset, string Flow, string? PromptLevel);

/// <summary>The options that choose clips of AVSBench, shared by verbs that read them.</summary>
internal sealed class DataOptions
{
    private const string Perceiver = "perceiver";

    public Option<string> Root { get; } = new("--data")
    {
        Description = "AVSBench in either published layout, or what 'ssp data synth' made.",
        HelpName = "DIR",
        Required = true,
    };

    public Option<string> Subset { get; } = new("--subset")
    {
        Description = "v1s (S4), v1m (MS3), v2 or all.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "all",
    };

    public Option<string> Flow { get; } = new Option<string>("--flow")
    {
        Description = "exact: the data set's own flow where it has one, else pyramid. pyramid: estimated from the frames. perceiver: estimated by the "
            + "network of --flow-weights. none.",
        HelpName = "exact|pyramid|perceiver|none",
        DefaultValueFactory = _ => "exact",
    }.OneOf("exact", "pyramid", Perceiver, "none");

    public Option<string> FlowWeights { get; } = new("--flow-weights")
    {
        Description = "For --flow perceiver: the network's weights, a file or folder as published, PREFIX=FILE, or procedural[:SEED].",
        HelpName = "FILE",
    };

    public Option<string> PromptLevel { get; } = new("--prompt-level")
    {
        Description = "Quality level of the prompts, where a data set has several: a, the worst, b, c or d.",
        HelpName = "LEVEL",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Root, Subset, Flow, FlowWeights, PromptLevel])
            command.Add(option);
    }

    /// <summary>How flow is estimated for clips that bring none; to be disposed if it is disposable. Null where none is.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="flow">The value of <c>--flow</c>.</param>
    /// <param name="weights">The value of <c>--flow-weights</c>.</param>
    /// <param name="config">Sizes of the network.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="InputException">The network's weights are not given, or missing.</exception>
    /// <exception cref="InvalidDataException">They do not fit.</exception>
    public IFlowEstimator? Estimator(ParseResult parsed, string flow, string? weights, PerceiverFlowConfig config, IDevice device)
    {
        parsed.RefuseUseless(FlowWeights, flow != Perceiver, "only --flow perceiver has weights");
        if (flow == "none")
            return null;
        if (flow != Perceiver)
            return new PyramidFlowEstimator();
        using var files = new WeightFiles([weights ?? throw new InputException("--flow perceiver needs the network's weights: give them with --flow-weights")]);
        PerceiverFlowEstimator.RequireComplete(files, config);
        return new PerceiverFlowEstimator(files, config, FlowSize.Tile, device);
    }

    /// <summary>The choice of the command line.</summary>
    public DataChoice Choice(ParseResult parsed) =>
        new(parsed.GetRequiredValue(Root), parsed.GetRequiredValue(Subset), parsed.GetRequiredValue(Flow), parsed.GetValue(PromptLevel));

    /// <summary>Opens clips.</summary>
    /// <param name="choice">Which.</param>
    /// <param name="split">The split.</param>
    /// <param name="task">The model's task.</param>
    /// <param name="estimator">What <see cref="Estimator"/> returned.</param>
    /// <param name="cache">Where estimated flow is kept, if anywhere.</param>
    /// <param name="objective">What clips are labelled for.</param>
    /// <param name="keepClasses">Whether labels stay classes where the task needs none.</param>
    /// <param name="bySubset">Whether clips come subset by subset.</param>
    /// <param name="repeatLabelledFrame">Whether training clips of S4 are their first frame again and again.</param>
    /// <param name="scenes">Whether clips bring what is known of their scenes, which a full report wants.</param>
    /// <exception cref="InputException">The folder is no AVSBench or the split has no clips.</exception>
    public static IClipDataset Open(
        DataChoice choice, ClipSplit split, SegmentationTask task, IFlowEstimator? estimator, ClipCache? cache,
        TrainingObjective objective = TrainingObjective.Sounding, bool keepClasses = false, bool scenes = false,
        bool repeatLabelledFrame = false, bool bySubset = false)
    {
        var clips = new AvsBenchDataset(
            choice.Root,
            new AvsBenchOptions(split, AvsBenchOptions.ParseSubset(choice.Subset), objective == TrainingObjective.Sounding ? task : SegmentationTask.Avss)
            {
                Visible = objective == TrainingObjective.Sight,
                KeepClasses = keepClasses,
                Scenes = scenes && objective == TrainingObjective.Sounding,
                ExactFlow = choice.Flow == "exact",
                PromptLevel = choice.PromptLevel,
                RepeatLabelledFrame = repeatLabelledFrame,
                BySubset = bySubset,
            });
        return estimator is null ? clips : new FlowDataset(clips, estimator, cache);
    }
}
