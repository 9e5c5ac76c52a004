using SspNative.Engine;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>A resumed run's scores are those of an uninterrupted one.</summary>
public sealed class ScoreLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["scores.csv"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RowsOfUnknownEpochsAreDropped(int known)
    {
        Write(0, 1, 3);
        string whole = System.IO.File.ReadAllText(File);
        // Killed while a row was written.
        System.IO.File.AppendAllText(File, "4,val,0.");
        using (new ScoreLog(File, known))
        {
        }
        Assert.Equal(2 * known, ScoreLog.Read(File).Count);
        Write(known, known + 1, 3);
        Assert.Equal(whole, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void ScoresAreReadAsWritten()
    {
        Write(0, 1, 2);
        Assert.Equal([Score(1, "val"), Score(1, "train"), Score(2, "val"), Score(2, "train")], ScoreLog.Read(File));
    }

    [Theory]
    [InlineData("epoch,miou\n1,0.5\n", "line 1")]
    [InlineData("epoch,split,miou,f\n1,val,0.5,0.5\nx,val,0.5,0.5\n", "line 3")]
    public void WhatIsNotSuchAFileIsLeftAlone(string text, string expected)
    {
        System.IO.File.WriteAllText(File, text);
        InputException e = Assert.Throws<InputException>(() => new ScoreLog(File, 5));
        Assert.Contains($"{File}: {expected}", e.Message);
        Assert.Equal(text, System.IO.File.ReadAllText(File));
    }

    private static ScoreRecord Score(int epoch, string split) => new(epoch, split, 1.0 / (epoch + 2), 2.0 / (epoch + 2));

    private void Write(int known, int first, int last)
    {
        using var log = new ScoreLog(File, known);
        for (int epoch = first; epoch <= last; epoch++)
        {
            log.Add(Score(epoch, "val"));
            log.Add(Score(epoch, "train"));
        }
    }
}
