using System.Diagnostics;
using SspNative.Tests.Architecture;
using Xunit;

namespace SspNative.Tests.Examples;

/// <summary>The example that segments a clip in memory.</summary>
public sealed class LibraryTests
{
    [Fact]
    public void ItTellsWhatSoundsInEachSecond()
    {
        using Process example = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "segment-in-memory.dll"), Repository.Path("models/synth-avs.safetensors"),
                Repository.Path("examples/clock-and-guitar"),
            ])
        {
            RedirectStandardOutput = true,
        })!;
        string[] lines = example.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        example.WaitForExit();
        Assert.Equal(0, example.ExitCode);
        Assert.Equal(5, lines.Length);
        Assert.Matches("^0 s: [12][0-9]{3} of 16384 pixels sound", lines[0]);
    }

    [Fact]
    public void ItIsNoLongerThanItsPromise() => Assert.InRange(File.ReadAllLines(Repository.Path("examples/library/Program.cs")).Length, 1, 15);
}
