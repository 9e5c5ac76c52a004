using SspNative.Cli.Options;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Training;

/// <summary>What a command line of <c>ssp train</c> asks for.</summary>
/// <param name="Run">The folder of the run.</param>
/// <param name="Root">Where the clips are.</param>
/// <param name="Plan">What the run was begun with, or is.</param>
/// <param name="IsNew">Whether it begins.</param>
internal sealed record TrainRequest(string Run, string Root, TrainingPlan Plan, bool IsNew)
{
    /// <summary>Steps after which it stops; null: at its end.</summary>
    public int? Steps { get; init; }

    public SspConfig Sizes => Plan.Config;

    public TrainingInputs Inputs => Plan.Inputs!;

    /// <summary>Whether the masks of a binary stage are found by its model.</summary>
    public bool FindsMasks => Sizes.Task == SegmentationTask.Avss && Inputs.Stage1Masks is null;

    /// <summary>As a new run, which reads words as the weights do that it begins with.</summary>
    /// <param name="first">These weights.</param>
    /// <exception cref="InputException">They were trained on words that were read otherwise.</exception>
    public TrainRequest From(WeightFiles first)
    {
        string? vocabulary = Sizes.TextFusion == TextFusion.None ? Inputs.Vocab : VocabularyOption.Of(first, Inputs.Vocab);
        string? hash = File.Exists(vocabulary) ? RankHashes.OfFile(vocabulary) : null;
        return this with { Plan = Plan with { Inputs = Inputs with { Vocab = vocabulary, VocabHash = hash } } };
    }

    /// <exception cref="InputException">There is a run in the folder, or something else.</exception>
    public static void RequireNew(string run)
    {
        if (TrainingPlan.IsIn(run))
            throw new InputException($"{run}: a run is there already; give --resume to go on with it, or another folder");
        TrainingPlan.DeleteAbandoned(run);
        RunFolder.RequireEmpty(run, TrainingRecipe.CacheFolder);
    }

    /// <summary>Begins the run in its folder.</summary>
    /// <exception cref="InputException">There is one by now, or something else.</exception>
    public void Begin()
    {
        RequireNew(Run);
        Plan.Write(Run);
    }

    /// <summary>Opens the clips of a phase; those that are validated have the masks of the binary stage.</summary>
    public IClipDataset Open(TrainingOptions options, ClipSplit split, IFlowEstimator? estimator, ClipCache? cache, Stage1Model? stage1)
    {
        var choice = new DataChoice(Root, Inputs.Subset, Inputs.Flow, Inputs.PromptLevel);
        AvsBenchOptions labelled = choice.Clips(split, Sizes.Task, options.Objective) with
        {
            KeepClasses = Sizes.HasClasses,
            RepeatLabelledFrame = options.RepeatLabelledFrame,
            BySubset = options.InOrder,
        };
        IClipDataset clips = DataOptions.Open(choice, labelled, estimator, cache);
        // Training itself is given the true masks, as AAVS does.
        if (options.Objective != TrainingObjective.Segmentation || split != ClipSplit.Val)
            return clips;
        return Inputs.Stage1Masks is { } masks ? new Stage1FolderDataset(clips, masks) : stage1?.Over(clips) ?? clips;
    }
}
