using System.CommandLine;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.OpticalFlow.Pyramid;
using SspNative.Model.Training;

namespace SspNative.Cli;

/// <summary>The clips that <see cref="DataOptions"/> choose, by the options' values.</summary>
internal sealed record DataChoice(string Root, string Subset, string Flow, string? PromptLevel);

/// <summary>The options that choose clips of AVSBench, shared by verbs that read them.</summary>
internal sealed class DataOptions
{
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
        Description = "exact: the data set's own flow where it has one, else pyramid. pyramid: estimated from the frames. none.",
        HelpName = "exact|pyramid|none",
        DefaultValueFactory = _ => "exact",
    }.OneOf("exact", "pyramid", "none");

    public Option<string> PromptLevel { get; } = new("--prompt-level")
    {
        Description = "Quality level of the prompts, where a data set has several: a, b, c or d.",
        HelpName = "LEVEL",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Root, Subset, Flow, PromptLevel])
            command.Add(option);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="split">The split.</param>
    /// <param name="task">The model's task.</param>
    /// <param name="cache">Where estimated flow is kept, if anywhere.</param>
    /// <param name="objective">What clips are labelled for.</param>
    /// <param name="keepClasses">Whether labels stay classes where the task needs none.</param>
    /// <param name="scenes">Whether clips bring what is known of their scenes, which a full report wants.</param>
    /// <exception cref="InputException">The folder is no AVSBench or the split has no clips.</exception>
    public IClipDataset Open(
        ParseResult parsed, ClipSplit split, SegmentationTask task, ClipCache? cache, TrainingObjective objective = TrainingObjective.Sounding,
        bool keepClasses = false, bool scenes = false) =>
        Open(
            new DataChoice(
                parsed.GetRequiredValue(Root), parsed.GetRequiredValue(Subset), parsed.GetRequiredValue(Flow), parsed.GetValue(PromptLevel)),
            split, task, cache, objective, keepClasses, scenes);

    /// <summary>Opens clips that need not be those of the command line.</summary>
    /// <exception cref="InputException">The folder is no AVSBench or the split has no clips.</exception>
    public static IClipDataset Open(
        DataChoice choice, ClipSplit split, SegmentationTask task, ClipCache? cache, TrainingObjective objective = TrainingObjective.Sounding,
        bool keepClasses = false, bool scenes = false)
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
            });
        return choice.Flow == "none" ? clips : new FlowDataset(clips, new PyramidFlowEstimator(), cache);
    }
}
