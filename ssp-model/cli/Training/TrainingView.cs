using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using SspNative.Cli.Terminal;
using SspNative.Model.Training;

namespace SspNative.Cli.Training;

/// <summary>
/// Shows how a training goes: on a terminal a panel that is drawn anew a few times a second, elsewhere a line every so many steps and one an epoch.
/// Steps cost it next to nothing: the panel is drawn by a thread of its own.
/// </summary>
internal sealed class TrainingView : IDisposable
{
    /// <summary>Steps between two lines where the output is not a terminal.</summary>
    private const int EverySteps = 10;

    private const int EpochsShown = 5;

    private static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(250);

    private readonly IAnsiConsole _lines;
    private readonly IAnsiConsole? _screen;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<string> _epochs = [];
    private readonly ManualResetEventSlim _finished = new();

    private TrainingPace? _pace;
    private LossHistory _losses = new();
    private string _phase = "";
    private StepRecord? _last;
    private (double Score, int Epoch)? _best;
    private Task? _drawing;
    private bool _disposed;

    /// <param name="output">The console's or another writer.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public TrainingView(TextWriter output, TimeProvider? time = null)
    {
        _lines = Output.Lines(output);
        _time = time ?? TimeProvider.System;
        _screen = Output.Screen(output);
    }

    /// <summary>Begins a phase; the scores of one before it are not compared with its own.</summary>
    /// <param name="phase">Its name.</param>
    /// <param name="totalSteps">Steps of the whole phase.</param>
    /// <param name="firstStep">Steps of it that were taken before.</param>
    /// <param name="clipsPerStep">Clips of a full step.</param>
    /// <param name="best">The best score and its epoch before, where a run goes on.</param>
    public void Begin(string phase, int totalSteps, int firstStep, int clipsPerStep, (double Score, int Epoch)? best = null)
    {
        lock (_lock)
        {
            _best = best;
            _pace = new TrainingPace(_time, totalSteps, firstStep, clipsPerStep);
            _losses = new LossHistory();
            _phase = phase;
            _last = null;
            _epochs.Clear();
        }
        if (_screen is { } screen)
            _drawing ??= Task.Factory.StartNew(() => Draw(screen), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <exception cref="InvalidOperationException">No phase has begun.</exception>
    public void Step(StepRecord step)
    {
        lock (_lock)
        {
            TrainingPace pace = _pace ?? throw new InvalidOperationException("no phase has begun");
            pace.Step(step.Step, step.Clips.Count);
            _losses.Add(step);
            _last = step;
            if (_screen is null && (step.Step % EverySteps == 0 || step.Step == pace.TotalSteps))
                _lines.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{Line(step, pace)}");
        }
    }

    /// <summary>Shows an epoch's end.</summary>
    public void Epoch(EpochRecord epoch)
    {
        lock (_lock)
        {
            _pace?.Pause();
            if (epoch.Score is not { } score)
                return;
            if (epoch.IsBest)
                _best = (score.MeanIou, epoch.Epoch);
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch.Epoch}: mIoU {score.MeanIou:0.0000}  F {score.FScore:0.0000}{(epoch.IsBest ? "  best so far" : "")}");
            _epochs.Add(line);
            if (_screen is null)
                _lines.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{line}");
        }
    }

    /// <summary>Leaves the panel as it last was and gives the terminal back.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _finished.Set();
        _drawing?.GetAwaiter().GetResult();
        _finished.Dispose();
    }

    /// <summary>The panel as it is now.</summary>
    /// <param name="unicode">Whether the loss may be drawn with block elements.</param>
    internal IRenderable Panel(bool unicode)
    {
        lock (_lock)
        {
            var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
            if (_pace is { } pace)
                Fill(grid, pace, unicode);
            return new Panel(grid) { Header = new PanelHeader($" {Markup.Escape(_phase)} "), Border = BoxBorder.Rounded }
                .BorderColor(Color.Grey).Padding(2, 0);
        }
    }

    private void Fill(Grid grid, TrainingPace pace, bool unicode)
    {
        Row(grid, "step", string.Create(CultureInfo.InvariantCulture, $"{pace.Steps} of {pace.TotalSteps}  ({pace.Share:0.0 %})"));
        if (_last is { } last)
        {
            Row(grid, "epoch", string.Create(CultureInfo.InvariantCulture, $"{last.Epoch + 1}"));
            Row(grid, "loss", _losses.Text);
            Row(grid, "", _losses.Sparkline(unicode));
            Row(grid, "learning rate", last.LearningRate.ToString("0.00e+00", CultureInfo.InvariantCulture));
            Row(grid, "gradient norm", last.GradientNorm.ToString("0.000", CultureInfo.InvariantCulture));
        }
        Row(grid, "speed", pace.Speed);
        Row(grid, "time left", pace.Left);
        Row(grid, "best", _best is { } best
            ? string.Create(CultureInfo.InvariantCulture, $"mIoU {best.Score:0.0000}, epoch {best.Epoch}")
            : "none yet");
        foreach (string epoch in _epochs.TakeLast(EpochsShown))
            Row(grid, "", epoch);
    }

    private static void Row(Grid grid, string name, string value) => grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));

    private void Draw(IAnsiConsole screen)
    {
        bool unicode = screen.Profile.Capabilities.Unicode;
        screen.Live(Panel(unicode)).Start(context =>
        {
            bool finished;
            do
            {
                finished = _finished.Wait(_redraw);
                context.UpdateTarget(Panel(unicode));
            }
            while (!finished);
        });
    }

    private string Line(StepRecord step, TrainingPace pace)
    {
        string postMask = step.PostMask is { } value ? string.Create(CultureInfo.InvariantCulture, $"  post-mask {value:0.000}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_phase}  epoch {step.Epoch + 1}  step {step.Step}/{pace.TotalSteps}  loss {step.Total:0.000}  class {step.CrossEntropy:0.000}")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"  mask {step.Mask:0.000}  dice {step.Dice:0.000}{postMask}  lr {step.LearningRate:0.00e+00}  grad {step.GradientNorm:0.000}")
            + $"  {pace.Speed}  left {pace.Left}";
    }
}
