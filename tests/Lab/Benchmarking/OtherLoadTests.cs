using System.Diagnostics;
using System.Text.Json;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>A busy machine is told from one at rest, and a report says so.</summary>
public class OtherLoadTests
{
    [SkippableFact]
    public void ALoopBesideIsSeen()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells");
        var load = OtherLoad.Watch(static () => 0);
        using (BusyLoop())
            Thread.Sleep(1000);
        // One processor of so many, as far as others let it.
        Assert.True(load.Share() > 0.25 / Environment.ProcessorCount, $"{load.Share()}");
    }

    [SkippableFact]
    public void WhatThisProcessDoesIsNotOthers()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells");
        // Others do what they do; this process's part must not come on top of it.
        double idle = Share(() => Thread.Sleep(500)), busy = Share(() =>
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.5)
                Thread.SpinWait(1000);
        });
        Assert.True(busy < idle + (0.75 / Environment.ProcessorCount), $"{busy} beside {idle}");
    }

    [Fact]
    public void ATimeTooShortToTellIsNotGuessedAt() => Assert.Null(OtherLoad.Watch(static () => 0).Share());

    [SkippableFact]
    public void AReportOfABusyMachineWarns()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells");
        using IDisposable loop = BusyLoop();
        CommandRun json = CommandRun.Of("bench", "kernels", "exp count=100000", "--json");
        using JsonDocument report = JsonDocument.Parse(json.Output);
        Assert.Contains(
            report.RootElement.GetProperty("warnings").EnumerateArray(),
            w => w.GetString()!.StartsWith("other programs took up to", StringComparison.Ordinal));
        Assert.True(report.RootElement.GetProperty("results")[0].GetProperty("ours").GetProperty("others").GetDouble() > 0.05);
        string table = CommandRun.Of("bench", "kernels", "exp count=100000").Output;
        Assert.Single(table.Split('\n'), l => l.StartsWith("Warning: other programs took up to", StringComparison.Ordinal));
    }

    [Fact]
    public void WarningsNameWhatIsWrongAndNothingElse()
    {
        BenchResult fine = Result(seconds: 1.2, least: 1, others: 0.01, ofRoof: 1);
        Assert.Empty(BenchWarnings.Of([fine], 2, 2));
        Assert.Empty(BenchWarnings.Of([fine], 2, null));
        Assert.Equal(["the engine has 2 threads, the peer 1"], BenchWarnings.Of([fine], 2, 1));
        Assert.Equal(["other programs took up to 47 % of the processors, so the figures mean little"], BenchWarnings.Of([fine, Result(1, 1, 0.47, 1)], 2, 2));
        Assert.Equal(["1 of 2 medians are above 1.25 × their minima"], BenchWarnings.Of([fine, Result(1.3, 1, null, 1)], 2, 2));
        Assert.Equal(["1 of 2 cases seem to pass the roof (marked !)"], BenchWarnings.Of([fine, Result(1, 1, 0, 4.73)], 2, 2));
    }

    private static BenchResult Result(double seconds, double least, double? others, double ofRoof) => new(
        new BenchCase("case", "exp", Pass.Forward, new Dictionary<string, int>()), new Timing(seconds, least, 0, 5, others, null), null, null, 1, 1,
        "compute", ofRoof, null);

    private static double Share(Action during)
    {
        var load = OtherLoad.Watch(static () => 0);
        during();
        return load.Share()!.Value;
    }

    private static Loop BusyLoop() => new(Process.Start("/bin/sh", ["-c", "while :; do :; done"]));

    private sealed class Loop(Process process) : IDisposable
    {
        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
