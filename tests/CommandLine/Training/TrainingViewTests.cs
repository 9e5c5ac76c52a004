using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Cli.Training;
using SspNative.Model.Training;
using Xunit;

namespace SspNative.Tests.CommandLine.Training;

/// <summary>What a training shows: lines for files and pipes, a panel for terminals.</summary>
public sealed class TrainingViewTests
{
    private readonly Clock _clock = new();
    private readonly StringWriter _output = new();

    private string[] Lines => _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void WithoutATerminalThereIsALineEverySoManyStepsAndTheLast()
    {
        using (TrainingView view = View())
            Train(view, first: 0, last: 25);
        Assert.Equal(["10", "20", "25"], Lines.Select(l => l.Split("step ")[1].Split('/')[0]));
        Assert.Equal(
            "heads  epoch 2  step 20/25  loss 1.250  class 0.500  mask 0.400  dice 0.300  post-mask 0.050  lr 1.00e-03  grad 2.500"
            + "  1.00 clips/s  left 0:00:10",
            Lines[1]);
    }

    [Fact]
    public void AResumedPhaseCountsOnAndTimesOnlyItself()
    {
        using (TrainingView view = View())
            Train(view, first: 90, last: 100, total: 190);
        Assert.EndsWith("1.00 clips/s  left 0:03:00", Assert.Single(Lines));
    }

    [Fact]
    public void TimeBetweenEpochsIsInTheTimeLeftAndNotInTheSpeed()
    {
        using (TrainingView view = View())
        {
            view.Begin("heads", 20, 0, 2);
            for (int step = 1; step <= 10; step++)
            {
                Take(view, step);
                if (step != 5)
                    continue;
                _clock.Pass(20);
                view.Epoch(new EpochRecord(1, new ValidationScore("aavs", 5, 0.5, 0.6), true));
            }
        }
        Assert.Equal("epoch 1: mIoU 0.5000  F 0.6000  best so far", Lines[0]);
        Assert.EndsWith("1.00 clips/s  left 0:00:40", Lines[1]);
    }

    [Fact]
    public void LinesWithMarkupAreWrittenAsTheyAre()
    {
        using (TrainingView view = View())
        {
            view.Begin("sight [red]", 1, 0, 2);
            Take(view, 1);
        }
        Assert.StartsWith("sight [red]  epoch 1", Assert.Single(Lines));
    }

    [Fact]
    public void ThePanelShowsWhereTheTrainingStands()
    {
        using TrainingView view = View();
        Train(view, first: 0, last: 20, total: 100);
        view.Epoch(new EpochRecord(1, new ValidationScore("aavs", 5, 0.5, 0.6), true));
        view.Epoch(new EpochRecord(2, new ValidationScore("aavs", 5, 0.4, 0.7), false));
        string panel = Show(view);
        string[] parts =
        [
            "heads", "20 of 100  (20.0 %)", "class 0.500", "post-mask 0.050", "1.00e-03", "1.00 clips/s", "0:02:40", "mIoU 0.5000, epoch 1",
            "epoch 2: mIoU 0.4000",
        ];
        Assert.All(parts, part => Assert.Contains(part, panel));
    }

    [Fact]
    public void ANewPhaseForgetsTheOneBefore()
    {
        using TrainingView view = View();
        Train(view, first: 0, last: 20);
        view.Epoch(new EpochRecord(1, new ValidationScore("aavs", 5, 0.5, 0.6), true));
        view.Begin("all", 50, 0, 2);
        string panel = Show(view);
        Assert.Contains("all", panel);
        Assert.Contains("none yet", panel);
        Assert.DoesNotContain("0.5000", panel);
    }

    [Fact]
    public void ARunThatGoesOnKnowsItsBestScore()
    {
        using TrainingView view = View();
        view.Begin("heads", 100, 20, 2, (0.91, 2));
        Take(view, 21);
        Assert.Contains("mIoU 0.9100, epoch 2", Show(view));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(5000)]
    public void TheLineOfLossesFallsWithThem(int steps)
    {
        var history = new LossHistory();
        for (int i = 0; i < steps; i++)
            history.Add(Record(i + 1) with { Total = steps - i });
        string line = history.Sparkline(unicode: true);
        Assert.InRange(line.Length, Math.Min(steps, 30), 60);
        Assert.Equal(('█', '▁'), (line[0], line[^1]));
        Assert.Equal(string.Concat(line.OrderDescending()), line);
        Assert.True(history.Sparkline(unicode: false).All(char.IsAscii));
    }

    [Fact]
    public void LossesAreSmoothedWithoutABiasToZero()
    {
        var history = new LossHistory();
        history.Add(Record(1));
        Assert.StartsWith("1.250   class 0.500", history.Text);
    }

    private TrainingView View() => new(_output, _clock);

    private void Train(TrainingView view, int first, int last, int total = 25)
    {
        view.Begin("heads", total, first, 2);
        for (int step = first + 1; step <= last; step++)
            Take(view, step);
    }

    // A step of two clips takes two seconds.
    private void Take(TrainingView view, int step)
    {
        _clock.Pass(2);
        view.Step(Record(step));
    }

    private static StepRecord Record(int step) => new(step, (step - 1) / 10, 1e-3f, 1.25, 0.5, 0.4, 0.3, 0.05, 2.5, ["a", "b"]);

    private static string Show(TrainingView view)
    {
        var writer = new StringWriter();
        IAnsiConsole console = Output.Lines(writer);
        console.Profile.Width = 120;
        console.Write(view.Panel(unicode: true));
        return writer.ToString();
    }

    private sealed class Clock : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds;

        public void Pass(int seconds) => _seconds += seconds;
    }
}
