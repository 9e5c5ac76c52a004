using System.Diagnostics;
using SspNative.Engine.Distributed;

namespace SspNative.Tests.Distributed.Ranks;

/// <summary>What ranks tell each other of their ends.</summary>
internal static class Ends
{
    // All others say a line and fail, and all leave together.
    public static int Fail(MpiCollective ranks, Log log)
    {
        if (ranks.Rank == 0)
        {
            foreach (string told in log.Told(4 * (ranks.Count - 1)).Order())
                log.Add(told.Length > 100 ? $"{told[..20]}… {told.Length}" : told);
            ranks.LeaveAll();
        }
        else
        {
            ranks.Tell($"rank {ranks.Rank} cannot: näher");
            ranks.Tell("");
            // More than MPI sends at once.
            ranks.Tell(new string('x', 1 << 20));
            log.Add($"together: {ranks.Fail(10 + ranks.Rank)}");
        }
        ranks.Leave();
        return 0;
    }

    // One gives up, and goes on. The next fails, and nobody answers.
    public static int GiveUp(MpiCollective ranks, Log log)
    {
        if (ranks.Rank == 1)
            ranks.GiveUp(-5);
        if (ranks.Rank == 2)
        {
            var clock = Stopwatch.StartNew();
            log.Add($"together: {ranks.Fail(6)} after {clock.Elapsed.TotalSeconds:0} s");
        }
        if (ranks.Rank == 0)
            foreach (string told in log.Told(2).Order())
                log.Add(told);
        ranks.Barrier();
        log.Add($"told more: {string.Join("; ", log.Told(1, 0.2))}");
        ranks.Leave();
        return 0;
    }

    // A program would end at the word; here all leave, so that each is seen to have heard it.
    public static int EndAll(MpiCollective ranks, Log log, int code)
    {
        if (ranks.Rank == 0)
            ranks.EndAll(code);
        else
            log.Add(string.Join("; ", log.Told(1)));
        ranks.Leave();
        return 0;
    }

    // Rank 1 is stopped until rank 0 has told of it; then it goes on as if nothing had been.
    public static int Stop(MpiCollective ranks, Log log)
    {
        ranks.Barrier();
        if (ranks.Rank == 0)
        {
            int other = ranks.Processes[1].Id;
            Signal("STOP", other);
            var clock = Stopwatch.StartNew();
            string told = log.Told(1, 15)[0];
            log.Add($"{told}, told after {clock.Elapsed.TotalSeconds:0} s");
            Thread.Sleep(500);
            log.Add($"again and again: {log.Told(1).Length > 20}");
            Signal("CONT", other);
        }
        else
        {
            Thread.Sleep(TimeSpan.FromSeconds(8));
            log.Add($"told of others and itself: {string.Join("; ", log.Told(0, 0))}");
        }
        ranks.Barrier();
        // What rank 0 was told until the other came back.
        log.Told(1, 0.1);
        log.Add($"ticks {(log.Ticks >= 20 ? "often" : $"{log.Ticks} times")}; afterwards: {string.Join("; ", log.Told(1, 2))}");
        ranks.Leave();
        return 0;
    }

    // Rank 0 waits for the others, who do nothing. Then all work.
    public static int Idle(MpiCollective ranks, Log log, int seconds)
    {
        if (ranks.Rank != 0)
        {
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            log.Add(string.Join("; ", log.Told(0, 0)));
        }
        ranks.Barrier();
        if (ranks.Rank == 0)
            log.Add($"told: {string.Join("; ", log.Told(0, 0))}");
        ranks.Leave();
        return 0;
    }

    // The last rank goes without a word.
    public static int Go(MpiCollective ranks, int code)
    {
        if (ranks.Rank == ranks.Count - 1)
            return code;
        ranks.Barrier();
        return 0;
    }

    private static void Signal(string signal, int process)
    {
        using Process kill = Process.Start("/bin/kill", [$"-{signal}", $"{process}"]);
        kill.WaitForExit();
    }
}
