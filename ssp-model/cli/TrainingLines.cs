using System.Globalization;
using Spectre.Console;
using SspNative.Model.Training;

namespace SspNative.Cli;

/// <summary>Tells of a training in lines.</summary>
internal sealed class TrainingLines(IAnsiConsole console) : ITrainingObserver
{
    private const int StepsPerLine = 10;

    private TrainingOptions _options = new();

    public void Begin(TrainingPhase phase, Trainer trainer, IReadOnlyList<string> initialised)
    {
        _options = phase.Options;
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"phase {phase.Name}: {trainer.StepsPerEpoch} steps an epoch, {initialised.Count} parameters initialised");
    }

    public void Step(StepRecord step)
    {
        if (step.Step % StepsPerLine == 0)
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"epoch {step.Epoch + 1}/{_options.Epochs}  step {step.Step}  loss {step.Total:0.000}  class {step.CrossEntropy:0.000}  mask {step.Mask:0.000}  dice {step.Dice:0.000}  lr {step.LearningRate:0.00e+00}");
    }

    public void Epoch(EpochRecord epoch)
    {
        if (epoch.Score is { } score)
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch}: {score.Protocol} mIoU {score.MeanIou:0.0000}  F {score.FScore:0.0000}{(epoch.IsBest ? "  best so far" : "")}");
    }
}
