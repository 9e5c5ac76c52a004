using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>Hears of a training's progress.</summary>
public interface ITrainingObserver
{
    /// <summary>A phase begins or goes on.</summary>
    /// <param name="phase">Which.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="trainer">Where it stands.</param>
    /// <param name="initialised">Names of parameters that no earlier weights had.</param>
    void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised);

    void Step(StepRecord step);

    void Epoch(EpochRecord epoch);
}

/// <summary>
/// A stage of training: the phases of a recipe one after the other in the folder of a run. Killed at any moment it goes on to the same weights.
/// </summary>
/// <param name="run">The folder.</param>
/// <param name="recipe">The phases.</param>
/// <param name="config">Sizes of the model.</param>
/// <param name="data">The clips of a split as a phase needs their labels.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
/// <param name="device">Where it is computed.</param>
public sealed class TrainingStage(
    string run, TrainingRecipe recipe, SspConfig config, Func<TrainingOptions, ClipSplit, IClipDataset> data, PromptTokenizer tokenizer, IDevice device)
{
    /// <summary>Steps between two savings inside an epoch; 0 saves at its end alone.</summary>
    public int SaveEverySteps { get; init; }

    /// <summary>Whether a phase is validated after each epoch, or the last epoch's weights count as its best.</summary>
    public bool Validates { get; init; } = true;

    /// <summary>What frozen encoders made of clips; null computes it every time.</summary>
    public ClipCache? Cache { get; init; }

    /// <summary>Trains until the last phase has ended or it is stopped, which leaves checkpoints to go on from.</summary>
    /// <param name="first">Weights to begin with. Parameters that they lack are initialised, by the seed of the phase, if they are trained.</param>
    /// <param name="observer">Told of every step.</param>
    /// <param name="stop">Stops after the step being taken.</param>
    /// <exception cref="InvalidDataException">The weights lack parameters that are not trained; or training diverged.</exception>
    public void Run(IParameterSource first, ITrainingObserver observer, CancellationToken stop)
    {
        var open = new List<Checkpoint>();
        try
        {
            for (int i = 0; i < recipe.Phases.Count && !stop.IsCancellationRequested; i++)
            {
                RunPhase(i, open.Aggregate(first, (before, next) => new WarmStart(next.Weights, before)), observer, stop);
                if (i + 1 < recipe.Phases.Count && !stop.IsCancellationRequested)
                    open.Add(Checkpoint.Open(Path.Combine(recipe.Folder(run, i), TrainingRun.BestFile)));
            }
        }
        finally
        {
            foreach (Checkpoint checkpoint in open)
                checkpoint.Dispose();
        }
    }

    private void RunPhase(int index, IParameterSource before, ITrainingObserver observer, CancellationToken stop)
    {
        TrainingPhase phase = recipe.Phases[index];
        TrainingOptions options = phase.Options;
        string folder = recipe.Folder(run, index), last = Path.Combine(folder, TrainingRun.LastFile);
        Checkpoint? checkpoint = File.Exists(last) ? Checkpoint.Open(last) : null;
        try
        {
            if (checkpoint is not null && checkpoint.State.Epoch >= options.Epochs)
                return;
            var weights = new WarmStart(checkpoint?.Weights ?? before, new InitialWeights(options.Seed)) { May = name => options.Trains(name) };
            using var model = new TrainingModel(config, weights, device, options.Objective) { Cache = Cache };
            using var trainer = new Trainer(model, data(options, ClipSplit.Train), options, tokenizer);
            if (checkpoint is not null)
                trainer.Resume(checkpoint);
            // The run replaces the file, which not every system allows while it is open.
            checkpoint?.Dispose();
            Validator? validator = Validates ? new Validator(data(options, ClipSplit.Val), model.Config, options, tokenizer) : null;
            using var log = new StepLog(Path.Combine(folder, "metrics.csv"), trainer.State.Step);
            observer.Begin(phase, folder, trainer, weights.Initialised);
            new TrainingRun(folder, trainer, validator) { SaveEverySteps = SaveEverySteps }.Run(
                step =>
                {
                    log.Add(step);
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
}
