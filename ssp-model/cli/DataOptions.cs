using System.CommandLine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Training;

namespace SspNative.Cli;

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

    public Option<string> Flow { get; } = new("--flow")
    {
        Description = "exact: the data set's own flow where it has one, else pyramid. pyramid: estimated from the frames. none.",
        HelpName = "exact|pyramid|none",
        DefaultValueFactory = _ => "exact",
    };

    public Option<string> PromptLevel { get; } = new("--prompt-level")
    {
        Description = "Quality level of the prompts, where a data set has several: a, b, c or d.",
        HelpName = "LEVEL",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        Flow.AcceptOnlyFromAmong("exact", "pyramid", "none");
        foreach (Option option in (Option[])[Root, Subset, Flow, PromptLevel])
            command.Add(option);
    }

    /// <exception cref="InputException">The folder is no AVSBench or the split has no clips.</exception>
    public IClipDataset Open(
        ParseResult parsed, ClipSplit split, SegmentationTask task, TrainingObjective objective = TrainingObjective.Sounding)
    {
        string flow = parsed.GetRequiredValue(Flow);
        var clips = new AvsBenchDataset(
            parsed.GetRequiredValue(Root),
            new AvsBenchOptions(split, AvsBenchOptions.ParseSubset(parsed.GetRequiredValue(Subset)), objective == TrainingObjective.Sounding ? task : SegmentationTask.Avss)
            {
                Visible = objective == TrainingObjective.Sight,
                ExactFlow = flow == "exact",
                PromptLevel = parsed.GetValue(PromptLevel),
            });
        return flow == "none" ? clips : new PyramidFlowDataset(clips);
    }
}
