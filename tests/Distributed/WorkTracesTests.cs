using System.Diagnostics;
using SspNative.Engine.Distributed;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>What the system counts of a process, by which a rank that hangs is told from one that waits for a slow disk.</summary>
public sealed class WorkTracesTests
{
    [SkippableFact]
    public void AThreadThatWaitsAgainAndAgainHasItsTurns()
    {
        Skip.IfNot(WorkTraces.AreCounted, "the system does not count it");
        // Again where another thread ended meanwhile, with which its turns are gone.
        Assert.Contains(Enumerable.Range(0, 3), _ => TurnsOfTwentySleeps() >= 20);
    }

    [SkippableFact]
    public void WhatAProcessDoesThatWasStartedCounts()
    {
        Skip.IfNot(WorkTraces.AreCounted, "the system does not count it");
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

    private static long TurnsOfTwentySleeps()
    {
        using var done = new ManualResetEventSlim();
        using var looked = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            for (int i = 0; i < 20; i++)
                Thread.Sleep(1);
            done.Set();
            looked.Wait();
        });
        long before = WorkTraces.Now().Turns;
        thread.Start();
        done.Wait();
        long turns = WorkTraces.Now().Turns - before;
        looked.Set();
        thread.Join();
        return turns;
    }
}
