using System.Diagnostics;
using SspNative.Cli.Terminal;
using Xunit;

namespace SspNative.Tests.CommandLine.Terminal;

/// <summary>Who has something to say does not wait for a terminal.</summary>
public sealed class PatientWriterTests
{
    [Fact]
    public void LinesComeInOrder()
    {
        var text = new StringWriter();
        var writer = new PatientWriter(text);
        for (int i = 0; i < 100; i++)
        {
            int line = i;
            writer.Write(target => target.Write($"{line} "));
        }
        writer.Flush();
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 100)) + " ", text.ToString());
    }

    [Fact]
    public void ATerminalThatIsHeldHoldsNobody()
    {
        using var held = new ManualResetEventSlim();
        var writer = new PatientWriter(TextWriter.Null);
        var clock = Stopwatch.StartNew();
        writer.Write(_ => held.Wait());
        writer.Write(_ => { });
        writer.Flush();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        held.Set();
    }
}
