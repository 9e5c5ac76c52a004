using System.CommandLine;
using SspNative.Cli.Parsing;
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

namespace SspNative.Cli.Options;

/// <summary>The clips that <see cref="DataOptions"/> choose, by the options' values.</summary>
internal sealed record DataChoice(string Root, string Subset, string Flow, string? PromptLevel)
{
    /// <summary>The clips of a split, labelled for an objective.</summary>
    /// <exception cref="InputException">There is no such subset.</exception>
    public AvsBenchOptions Clips(ClipSplit split, SegmentationTask task, TrainingObjective objective = TrainingObjective.Segmentation) =>
        new(split, AvsBenchOptions.ParseSubset(Subset), objective == TrainingObjective.Segmentation ? task : SegmentationTask.Avss)
        {
            Visible = objective == TrainingObjective.SemanticPretraining,
            ExactFlow = Flow == "exact",
            PromptLevel = PromptLevel,
        };
}

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
    /// <param name="choice">Where they are.</param>
    /// <param name="options">Which, and what of them: <see cref="DataChoice.Clips"/>.</param>
    /// <param name="estimator">What <see cref="Estimator"/> returned.</param>
    /// <param name="cache">Where estimated flow is kept, if anywhere.</param>
    /// <exception cref="InputException">The folder is no AVSBench or the split has no clips.</exception>
    public static IClipDataset Open(DataChoice choice, AvsBenchOptions options, IFlowEstimator? estimator, ClipCache? cache)
    {
        var clips = new AvsBenchDataset(choice.Root, options);
        return estimator is null ? clips : new FlowDataset(clips, estimator, cache);
    }
}
