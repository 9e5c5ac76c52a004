using Spectre.Console;
using SspNative.Cli.Plots;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Storage;
using SspNative.Model.Training;

namespace SspNative.Cli.Training;

/// <summary>Shows the run of a recipe and keeps its scores and plots in the folders of its phases.</summary>
internal sealed class TrainingProgress(TextWriter output) : ITrainingObserver, IDisposable
{
    private readonly TrainingView _view = new(output);
    private readonly IAnsiConsole _lines = Output.Lines(output);
    private ScoreLog? _scores;
    private string _folder = "";
    private string? _trouble;

    public void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised)
    {
        _scores?.Dispose();
        _folder = folder;
        foreach (string picture in (string[])[TrainingPlots.LossesPicture, TrainingPlots.ScoresPicture])
            AtomicFile.DeleteAbandoned(Path.Combine(folder, picture));
        _scores = new ScoreLog(Path.Combine(folder, TrainingPlots.ScoresFile), trainer.State.Epoch);
        _view.Begin(phase.Name, phase.Options.Epochs * trainer.StepsPerEpoch, trainer.State.Step, phase.Options.ClipsPerStep,
            trainer.State is { BestScore: { } best, BestEpoch: var epoch } ? (best, epoch) : null);
    }

    public void Step(StepRecord step) => _view.Step(step);

    public void Epoch(EpochRecord epoch)
    {
        if (epoch.Score is { } score)
            _scores?.Add(new ScoreRecord(epoch.Epoch, "val", score.MeanIou, score.FScore));
        // Before the view counts on: the time it takes is then not the clips'.
        Draw();
        _view.Epoch(epoch);
    }

    public void Warn(string line) => _lines.MarkupLineInterpolated($"[yellow]{PlainText.OneLine(line)}[/]");

    // A picture that cannot be drawn, as on a full disk, is no reason to lose a training.
    private void Draw()
    {
        try
        {
            TrainingPlots.Draw(_folder);
            _trouble = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            _trouble = e.Message;
        }
    }

    /// <summary>Ends the view and names what the training made.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="next">The command that a user may want next.</param>
    public void End(string run, string next)
    {
        Dispose();
        if (_trouble is not null)
            _lines.MarkupLineInterpolated($"[yellow]The plots of the last epoch could not be drawn: {_trouble}[/]");
        _lines.MarkupLineInterpolated($"{Made(run)} is the trained model. Next: {next}");
    }

    /// <summary>The file of a finished run that serves: the best that was validated, else the last.</summary>
    public static string Made(string run) =>
        Path.Combine(run, File.Exists(Path.Combine(run, RunFolder.BestFile)) ? RunFolder.BestFile : RunFolder.LastFile);

    public void Dispose()
    {
        _scores?.Dispose();
        _view.Dispose();
    }
}
