using SspNative.Model.Training;

namespace SspNative.Cli.Training;

/// <summary>Stops a training after some steps, whatever its phases.</summary>
internal sealed class StepLimit(ITrainingObserver observer, int steps, CancellationTokenSource stop) : ITrainingObserver
{
    private int _left = steps;

    public void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised) =>
        observer.Begin(phase, folder, trainer, initialised);

    public void Step(StepRecord step)
    {
        observer.Step(step);
        if (--_left == 0)
            stop.Cancel();
    }

    public void Epoch(EpochRecord epoch) => observer.Epoch(epoch);

    public void Warn(string line) => observer.Warn(line);
}
