using SspNative.Engine.Distributed;
using SspNative.Engine.Storage;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Preprocessing;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>
/// A run of a recipe: its phases one after the other, in a folder. Killed at any moment it goes on to the same weights.
/// </summary>
/// <param name="run">The folder.</param>
/// <param name="recipe">The phases.</param>
/// <param name="config">Sizes of the model.</param>
/// <param name="data">The clips of a split as a phase needs their labels.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
/// <param name="device">Where it is computed.</param>
public sealed class RecipeRun(
    string run, TrainingRecipe recipe, SspConfig config, Func<TrainingOptions, ClipSplit, IClipDataset> data, PromptTokenizer tokenizer, IDevice device)
{
    /// <summary>Steps between two savings inside an epoch; 0 saves at its end alone.</summary>
    public int SaveEverySteps { get; init; }

    /// <summary>Validates a phase after each epoch; null: the last epoch's weights count as its best.</summary>
    public ValidatorFactory? Validation { get; init; }

    /// <summary>What frozen encoders made of clips; null computes it every time.</summary>
    public ClipCache? Cache { get; init; }

    /// <summary>The processes that train together, each with this run; rank 0 alone writes, and its observer alone is told of steps.</summary>
    public ICollective Ranks { get; init; } = SingleProcess.Instance;

    /// <summary>
    /// Looks at all that the phases will need, without training or writing anything: the clips of each, and the parameters that each needs and
    /// neither <paramref name="first"/> nor an earlier phase has.
    /// </summary>
    /// <exception cref="InputException">Clips cannot be used.</exception>
    /// <exception cref="InvalidDataException">The weights lack parameters that are not trained.</exception>
    public void Check(IParameterSource first)
    {
        HashSet<string> known = [];
        foreach (TrainingPhase phase in recipe.Phases)
        {
            TrainingOptions options = phase.Options;
            data(options, ClipSplit.Train).RequireClips("training split");
            if (Validation is not null)
                data(options, ClipSplit.Val).RequireClips("validation split");
            var weights = new WarmStart(first, options.FirstValues(config)) { May = p => known.Contains(p.Name) || options.Initialises(p) };
            using var model = new TrainingModel(config, new ShapesOnlySource(weights), new CountingDevice(), options.Objective);
            known.UnionWith(model.Parameters.Names);
        }
    }

    /// <summary>Trains until the last phase has ended or it is stopped, which leaves checkpoints to go on from.</summary>
    /// <param name="first">Weights to begin with. Parameters that they lack are initialised, by the seed of the phase, if they are trained.</param>
    /// <param name="observer">Told of every step.</param>
    /// <param name="stop">Stops after the step being taken.</param>
    /// <param name="begin">Called once the folder is this process's alone, before anything is written.</param>
    /// <exception cref="InputException">Another process trains in the folder, or clips cannot be used.</exception>
    /// <exception cref="InvalidDataException">The weights lack parameters that are not trained; or training diverged.</exception>
    public void Run(IParameterSource first, ITrainingObserver observer, CancellationToken stop, Action? begin = null)
    {
        if (Ranks.Rank != 0)
            observer = new Unheard();
        // Once all have come here, all have looked at the folder, and one may write in it.
        Ranks.RequireSame("recipe", RankHashes.Of(ConfigJson.Write(config) + ConfigJson.Write(recipe)));
        using RunFolder? folder = Ranks.Rank == 0 ? RunFolder.Take(run) : null;
        if (folder is not null)
            begin?.Invoke();
        Ranks.Barrier();
        var open = new List<Checkpoint>();
        try
        {
            bool stops = Ranks.Any(stop.IsCancellationRequested);
            for (int i = 0; i < recipe.Phases.Count && !stops; i++)
            {
                RunPhase(i, Before(first, open, recipe.Phases[i].Options), observer, stop);
                stops = Ranks.Any(stop.IsCancellationRequested);
                if (i + 1 < recipe.Phases.Count && !stops)
                    open.Add(Checkpoint.Open(Path.Combine(recipe.Folder(run, i), RunFolder.BestFile)));
            }
        }
        finally
        {
            foreach (Checkpoint checkpoint in open)
                checkpoint.Dispose();
        }
    }

    // The weights that a phase begins with. Adapters that stood in for none so far begin anew in the first phase that trains them.
    private static IParameterSource Before(IParameterSource first, IReadOnlyList<Checkpoint> earlier, TrainingOptions options)
    {
        IParameterSource before = earlier.Aggregate(first, (before, next) => new WarmStart(next.Weights, before));
        return options.Initialisation == Initialisation.Published && !earlier.Any(c => c.Options.Trainable.Includes(Role.Adapter))
            ? new RenewedAdapters(before, first)
            : before;
    }

    // The best is saved before the last, so that after the first epoch it may be alone; after a later one the last was there and is gone.
    private static void RequireNoneLost(string folder)
    {
        string path = Path.Combine(folder, RunFolder.BestFile);
        if (!File.Exists(path))
            return;
        using Checkpoint best = Checkpoint.Open(path);
        if (best.State.Epoch > 1)
            throw new InputException(
                $"{folder}: {RunFolder.LastFile} is missing, but {RunFolder.BestFile} is of epoch {best.State.Epoch}; "
                + $"copy it to {RunFolder.LastFile} to go on from there, or give another folder");
    }

    // The last checkpoint, or the one before it where the last is gone or cannot be read. The run that goes on makes the same bits of either.
    private static (Checkpoint? Checkpoint, bool IsLast) Latest(string folder, ITrainingObserver observer)
    {
        string last = Path.Combine(folder, RunFolder.LastFile), previous = Path.Combine(folder, RunFolder.PreviousFile);
        string? problem = null;
        if (File.Exists(last))
            try
            {
                return (Checkpoint.Open(last), true);
            }
            catch (Exception e) when (File.Exists(previous) && e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                problem = e.Message;
            }
        if (!File.Exists(previous))
            return (null, false);
        Checkpoint former = Checkpoint.Open(previous);
        observer.Warn($"{problem ?? $"{last}: the file is missing"}; going on from {RunFolder.PreviousFile}, after step {former.State.Step}");
        return (former, false);
    }

    private void RunPhase(int index, IParameterSource before, ITrainingObserver observer, CancellationToken stop)
    {
        TrainingPhase phase = recipe.Phases[index];
        TrainingOptions options = phase.Options;
        string folder = recipe.Folder(run, index), last = Path.Combine(folder, RunFolder.LastFile);
        if (Ranks.Rank == 0)
        {
            AtomicFile.DeleteAbandoned(last);
            AtomicFile.DeleteAbandoned(Path.Combine(folder, RunFolder.BestFile));
        }
        (Checkpoint? checkpoint, bool isLast) = Latest(folder, observer);
        Ranks.RequireSame("checkpoint", checkpoint?.Hash ?? "none");
        try
        {
            if (checkpoint is null)
                RequireNoneLost(folder);
            if (isLast && checkpoint!.State.Epoch >= options.Epochs)
                return;
            if (checkpoint is { Device.Length: > 0 } && checkpoint.Device != ShownText.Of(device.Identity, 200))
                observer.Warn(
                    $"{checkpoint.Path} was made by {checkpoint.Device} and goes on with {ShownText.Of(device.Identity, 200)}: "
                    + "the last bits of the results may differ from a run on one");
            var weights = new WarmStart(checkpoint?.Weights ?? before, options.FirstValues(config)) { May = options.Initialises };
            using var model = new TrainingModel(config, weights, device, options.Objective) { Cache = Cache };
            using var trainer = new Trainer(model, data(options, ClipSplit.Train), options, tokenizer, Ranks);
            trainer.RequireSame();
            if (checkpoint is not null)
                trainer.Resume(checkpoint);
            // The run replaces the file, which not every system allows while it is open.
            checkpoint?.Dispose();
            IValidator? validator = Validation?.Invoke(data(options, ClipSplit.Val), model.Config, options, tokenizer);
            using StepLog? log = Ranks.Rank == 0 ? new StepLog(Path.Combine(folder, "metrics.csv"), trainer.State.Step) : null;
            observer.Begin(phase, folder, trainer, weights.Initialised);
            new PhaseRun(folder, trainer, validator) { SaveEverySteps = SaveEverySteps, IsLastIntact = isLast || checkpoint is null }.Run(
                step =>
                {
                    log?.Add(step);
                    observer.Step(step);
                },
                observer.Epoch,
                stop);
        }
        finally
        {
            checkpoint?.Dispose();
        }
    }

    // What rank 0 says is said of all.
    private sealed class Unheard : ITrainingObserver
    {
        public void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised)
        {
        }

        public void Step(StepRecord step)
        {
        }

        public void Epoch(EpochRecord epoch)
        {
        }
    }
}
