using SspNative.Engine.Distributed;

namespace SspNative.Model.Training;

/// <summary>What an epoch ended with.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Score">Null without validation.</param>
/// <param name="IsBest">Whether <c>best.safetensors</c> was written.</param>
public sealed record EpochRecord(int Epoch, ValidationScore? Score, bool IsBest);

/// <summary>
/// A phase of a training with its folder: <c>last.safetensors</c> after every epoch and every so many steps, <c>previous.safetensors</c>, the one before it,
/// and <c>best.safetensors</c> where the validation score rose. Killed at any moment it goes on from <c>last.safetensors</c> to the same weights. Several
/// ranks run it together, and rank 0 writes.
/// </summary>
/// <param name="folder">Made when there is none.</param>
/// <param name="trainer">Fresh or resumed.</param>
/// <param name="validator">Null: every epoch's end counts as the best.</param>
internal sealed class PhaseRun(string folder, Trainer trainer, IValidator? validator)
{
    /// <summary>Steps between two savings inside an epoch; 0 saves at its end alone.</summary>
    public int SaveEverySteps { get; init; }

    /// <summary>Whether <c>last.safetensors</c> can be read; one that cannot does not take the place of the one before it.</summary>
    public bool IsLastIntact { get; init; } = true;

    /// <summary>Trains to the end of the last epoch, or until stopped, which leaves <c>last.safetensors</c> at the step it came to.</summary>
    public void Run(Action<StepRecord> onStep, Action<EpochRecord> onEpoch, CancellationToken stop)
    {
        if (trainer.Ranks.Rank == 0)
            Directory.CreateDirectory(folder);
        string last = Path.Combine(folder, RunFolder.LastFile);
        string? former = IsLastIntact ? Path.Combine(folder, RunFolder.PreviousFile) : null;
        bool stops = trainer.Ranks.Any(stop.IsCancellationRequested);
        while (!trainer.IsFinished && !stops)
        {
            int epoch = trainer.State.Epoch;
            StepRecord record = trainer.Step();
            onStep(record);
            if (trainer.State.Epoch > epoch)
                EndEpoch(onEpoch);
            stops = trainer.Ranks.Any(stop.IsCancellationRequested);
            if (trainer.State.Epoch == epoch && !stops && (SaveEverySteps == 0 || record.Step % SaveEverySteps != 0))
                continue;
            Checkpoint.Save(last, trainer, former);
            former = Path.Combine(folder, RunFolder.PreviousFile);
        }
    }

    // The best is saved before the last: whoever resumes in between validates again and saves the same best.
    private void EndEpoch(Action<EpochRecord> onEpoch)
    {
        ValidationScore? score = validator?.Run(trainer.Model);
        bool isBest = score is null || trainer.NoteScore(score.MeanIou);
        if (isBest)
            Checkpoint.Save(Path.Combine(folder, RunFolder.BestFile), trainer);
        onEpoch(new EpochRecord(trainer.State.Epoch, score, isBest));
    }
}
