using System.Diagnostics;
using System.Globalization;
using SspNative.Engine.Distributed;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>What the system counts of a process, by which a rank that hangs is told from one that waits for a slow disk.</summary>
[Collection(nameof(ProcessTests))]
public sealed class WorkTracesTests
{
    private static readonly TimeSpan _work = TimeSpan.FromMilliseconds(100);

    [SkippableFact]
    public void AThreadThatWaitsAgainAndAgainHasItsTurns()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the system does not count it");
        // Again where another thread ended meanwhile, with which its turns are gone.
        Assert.Contains(Enumerable.Range(0, 3), _ => TracesOf("sleeps", SleepTwentyTimes).Turns >= 20);
    }

    [SkippableFact]
    public void AThreadThatComputesUsesAProcessor()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the system does not count it");
        Assert.Contains(Enumerable.Range(0, 3), _ => TracesOf("computes", Compute).Used >= _work / 2);
    }

    // Its compiler works for seconds in a process that hangs at its start.
    [SkippableFact]
    public void ThreadsOfTheRuntimeDoNotCount()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the system does not count it");
        Assert.Contains(Enumerable.Range(0, 3), _ => TracesOf(".NET Tiered Compilation Worker", Compute).Used < _work / 2);
    }

    [SkippableFact]
    public void WhatAProcessDoesThatWasStartedCounts()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the system does not count it");
        using var child = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            child.StandardInput.WriteLine("a");
            child.StandardInput.Flush();
            child.StandardOutput.ReadLine();
            long before = WorkTraces.Now().Moved;
            child.StandardInput.WriteLine(new string('b', 1000));
            child.StandardInput.Flush();
            child.StandardOutput.ReadLine();
            Assert.InRange(WorkTraces.Now().Moved - before, 2000, long.MaxValue);
        }
        finally
        {
            child.Kill();
        }
    }

    // It moves nothing, and has a name with a bracket and a blank.
    [SkippableFact]
    public void WhatAProcessComputesThatWasStartedCounts()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the system does not count it");
        using var folder = new TemporaryFolder();
        string shell = folder["a) b"];
        File.Copy("/bin/sh", shell);
        using var child = Process.Start(shell, ["-c", "while :; do :; done"]);
        try
        {
            long before = WorkTraces.Now().Moved;
            var clock = Stopwatch.StartNew();
            // A tick is a hundredth of a second. Where the process of another test ends, its count goes.
            for (long now = before; now - before < 10; now = WorkTraces.Now().Moved)
            {
                before = Math.Min(before, now);
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "it is not counted");
            }
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }

    private static void SleepTwentyTimes()
    {
        for (int i = 0; i < 20; i++)
            Thread.Sleep(1);
    }

    private static void Compute()
    {
        while (OwnTime() < _work)
        {
        }
    }

    private static TimeSpan OwnTime() =>
        TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1000);

    // What a thread of this name that does so adds to the process's.
    private static WorkTraces TracesOf(string name, Action work)
    {
        using var done = new ManualResetEventSlim();
        using var looked = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            work();
            done.Set();
            looked.Wait();
        })
        { Name = name };
        WorkTraces before = WorkTraces.Now();
        thread.Start();
        done.Wait();
        WorkTraces after = WorkTraces.Now();
        looked.Set();
        thread.Join();
        return after with { Used = after.Used - before.Used, Turns = after.Turns - before.Turns };
    }
}
