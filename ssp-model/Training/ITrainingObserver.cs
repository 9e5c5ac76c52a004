namespace SspNative.Model.Training;

/// <summary>Hears of a training's progress.</summary>
public interface ITrainingObserver
{
    /// <summary>A phase begins or goes on.</summary>
    /// <param name="phase">What is trained, and how.</param>
    /// <param name="folder">Where the phase's checkpoints and tables are.</param>
    /// <param name="trainer">Knows which step comes next.</param>
    /// <param name="initialised">Names of parameters that no earlier weights had.</param>
    void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised);

    void Step(StepRecord step);

    void Epoch(EpochRecord epoch);

    /// <summary>Something is not as it should be, but training goes on: one line.</summary>
    void Warn(string line)
    {
    }
}
