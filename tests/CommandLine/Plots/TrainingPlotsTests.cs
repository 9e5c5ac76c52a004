using SkiaSharp;
using SspNative.Cli.Plots;
using SspNative.Engine;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Plots;

/// <summary>The files of a run become its pictures, and say where they are wrong.</summary>
public sealed class TrainingPlotsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1500)]
    public void ARunHasItsPictures(int steps)
    {
        WriteSteps(steps);
        using (var scores = new ScoreLog(_folder["scores.csv"], 0))
            for (int epoch = 1; epoch <= 4; epoch++)
                scores.Add(new ScoreRecord(epoch, "val", 0.1 * epoch, 0.15 * epoch));
        TrainingPlots.Draw(_folder.Path);
        Assert.True(Colours(TrainingPlots.LossesPicture) > 20);
        Assert.True(Colours(TrainingPlots.ScoresPicture) > 20);
    }

    [Fact]
    public void ARunWithoutRowsYetHasNone()
    {
        using (new StepLog(_folder["metrics.csv"], 0))
            TrainingPlots.Draw(_folder.Path);
        Assert.Equal([_folder["metrics.csv"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void PicturesAreDrawnWhileTheFilesAreWritten()
    {
        using var steps = new StepLog(_folder["metrics.csv"], 0);
        steps.Add(Step(1));
        TrainingPlots.Draw(_folder.Path);
        Assert.True(File.Exists(_folder[TrainingPlots.LossesPicture]));
    }

    [Fact]
    public void StepsAreReadAsWritten()
    {
        StepRecord plain = Step(1) with { PostMask = null }, odd = Step(2) with { Clips = ["a,b", "say\"so\""] };
        using (var log = new StepLog(_folder["metrics.csv"], 0))
        {
            log.Add(plain);
            log.Add(odd);
        }
        IReadOnlyList<StepRecord> read = StepLog.Read(_folder["metrics.csv"]);
        Assert.Equivalent(new[] { plain, odd }, read, strict: true);
    }

    [Fact]
    public void TheStepsOfALongTrainingAreRead()
    {
        WriteSteps(1);
        string[] lines = File.ReadAllLines(_folder["metrics.csv"]);
        int count = (20 << 20) / lines[1].Length;
        File.WriteAllLines(_folder["metrics.csv"], [lines[0], .. Enumerable.Repeat(lines[1], count)]);
        Assert.Equal(count, StepLog.Read(_folder["metrics.csv"]).Count);
    }

    [Theory]
    [InlineData("3,0,0.001,1.5", "line 4")] // cut off
    [InlineData("3,0,0.001,1.5,high,0.5,0.5,,2,clip", "line 4: \"high\"")]
    [InlineData("3,0,0.001,NaN,1,0.5,0.5,,2,clip", "line 4: \"NaN\"")]
    [InlineData("3.5,0,0.001,1,1,0.5,0.5,,2,clip", "line 4: \"3.5\"")]
    public void AMalformedLineIsNamed(string line, string expected)
    {
        WriteSteps(2);
        File.AppendAllText(_folder["metrics.csv"], line);
        InputException e = Assert.Throws<InputException>(() => TrainingPlots.Draw(_folder.Path));
        Assert.StartsWith(_folder["metrics.csv"], e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public void AMissingColumnIsNamed()
    {
        File.WriteAllText(_folder["scores.csv"], "epoch,split,miou\n1,val,0.5\n");
        InputException e = Assert.Throws<InputException>(() => TrainingPlots.Draw(_folder.Path));
        Assert.Contains("scores.csv: line 1", e.Message);
    }

    private void WriteSteps(int count)
    {
        using var log = new StepLog(_folder["metrics.csv"], 0);
        for (int i = 1; i <= count; i++)
            log.Add(Step(i));
    }

    internal static StepRecord Step(int step) =>
        new(step, (step - 1) / 10, 1e-3f, 1 + (4.0 / step), 1.0 / step, 0.5, 0.25, 0.1 / step, 2.5, ["clip"]);

    private int Colours(string name)
    {
        using SKBitmap picture = SKBitmap.Decode(_folder[name]);
        Assert.Equal((PlotStyle.Width, PlotStyle.Height), (picture.Width, picture.Height));
        return picture.Pixels.Distinct().Count();
    }
}
