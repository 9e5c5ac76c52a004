using SspNative.Kernels.Cpu;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Repeated executions of one side.</summary>
/// <param name="Seconds">The median.</param>
/// <param name="Spread">Interquartile range by median.</param>
/// <param name="Runs">How many executions were timed.</param>
/// <param name="PeakBytes">The most memory the process held, where the system tells it and it was asked for.</param>
public sealed record Timing(double Seconds, double Spread, int Runs, long? PeakBytes);

/// <summary>A case measured.</summary>
/// <param name="Ours">The engine.</param>
/// <param name="Peer">The peer; null without one, or where it does not have the case.</param>
/// <param name="PeerLacks">Why the peer does not have the case.</param>
/// <param name="Flops">By formula or counted.</param>
/// <param name="Bytes">By formula; 0 for models.</param>
/// <param name="Bound">What bounds it: compute, L2, L3 or memory; empty for models.</param>
/// <param name="OfRoof">The least time the roof allows by the engine's time; 0 without a roof.</param>
/// <param name="TensorBytes">The most memory in tensors of the engine at once, weights included; for models.</param>
public sealed record BenchResult(
    WorkCase Work, Timing Ours, Timing? Peer, string? PeerLacks, double Flops, double Bytes, string Bound, double OfRoof, long? TensorBytes)
{
    /// <summary>How many times faster than the peer the engine is.</summary>
    public double? Ratio => Peer?.Seconds / Ours.Seconds;
}

/// <summary>A table of cases, as JSON.</summary>
public sealed record BenchReport(string Device, string? Peer, IRoof? Roof, IReadOnlyList<BenchResult> Results)
{
    public string ToJson() => LabJson.WriteBench(this);
}

/// <summary>Measures cases, engine and peer in turns so that what disturbs the machine disturbs both.</summary>
/// <param name="device">What is measured; kernels by its own clock, if it has one.</param>
/// <param name="peer">What to compare with; null measures the engine alone.</param>
/// <param name="quick">One round of short runs.</param>
public sealed class Bench(IDevice device, IPeer? peer, bool quick = false) : IDisposable
{
    private const int Rounds = 5;
    private const double SecondsOfSide = 0.3, SecondsOfWarmup = 0.5;
    private const int MostRunsOfRound = 500;

    // Threads that wait for more work by spinning would otherwise take a processor from the other side.
    private const int MillisecondsBetweenSides = 20;

    private readonly DeviceClock _clock = new(device, quick);

    /// <summary>Measures one kernel case.</summary>
    public BenchResult Kernel(WorkCase work, IRoof roof)
    {
        Cost cost = KernelWork.Count(work);
        using Work ours = KernelWork.Prepare(work, device);
        return UnderRoof(work, work, ours, cost, roof);
    }

    /// <summary>Measures one call of a recording.</summary>
    public BenchResult Call(CallCase call, IRoof roof)
    {
        using var ours = new CallWork(call.Call, device);
        var work = new WorkCase(call.Name, call.Call.Name, Pass.Forward, new Dictionary<string, int>());
        return UnderRoof(work, PeerForm.Of(call.Call), ours, call.Call.Cost, roof);
    }

    /// <summary>Measures one model case, with memory.</summary>
    public BenchResult Model(WorkCase work)
    {
        double flops = ModelWork.Count(work);
        // What the processor keeps for reuse is not the case's.
        (device as CpuDevice)?.Dispose();
        ProcessMemory.ResetPeak();
        using Work ours = ModelWork.Prepare(work, device);
        device.ResetPeak();
        (Timing mine, Timing? theirs, string? lacks) = Measure(work, () => _clock.RunWhole(ours), memory: true);
        return new BenchResult(work, mine, theirs, lacks, flops, 0, "", 0, device.PeakBytes);
    }

    /// <summary>The median time of work alone.</summary>
    public Timing Alone(Work ours)
    {
        double once = Warm(() => _clock.Run(ours));
        int runs = quick ? 1 : Math.Clamp((int)(SecondsOfSide / once), 3, Rounds * MostRunsOfRound);
        return Summary([.. Enumerable.Range(0, runs).Select(_ => _clock.Run(ours))], null);
    }

    public void Dispose() => _clock.Dispose();

    private BenchResult UnderRoof(WorkCase work, WorkCase? ofPeer, Work ours, Cost cost, IRoof roof)
    {
        (Timing mine, Timing? theirs, string? lacks) = Measure(ofPeer, () => _clock.Run(ours), memory: false);
        (string bound, double least) = roof.LeastTime(cost.Flops, cost.Bytes);
        return new BenchResult(work, mine, theirs, lacks, cost.Flops, cost.Bytes, bound, least / mine.Seconds, null);
    }

    private (Timing Ours, Timing? Peer, string? Lacks) Measure(WorkCase? ofPeer, Func<double> ours, bool memory)
    {
        string? lacks = peer is null ? null : ofPeer is null ? "no peer computes it by itself" : peer.Prepare(ofPeer);
        bool compares = peer is not null && lacks is null;
        double mineOnce = Warm(ours), theirsOnce = compares ? Warm(() => peer!.Run(1)[0]) : 0;
        var mine = new List<double>();
        var theirs = new List<double>();
        for (int round = 0; round < (quick ? 1 : Rounds); round++)
        {
            if (compares)
                Thread.Sleep(MillisecondsBetweenSides);
            for (int i = RunsOfRound(mineOnce); i > 0; i--)
                mine.Add(ours());
            if (!compares)
                continue;
            Thread.Sleep(MillisecondsBetweenSides);
            theirs.AddRange(peer!.Run(RunsOfRound(theirsOnce)));
        }
        Timing timing = Summary(mine, memory ? ProcessMemory.Peak() : null);
        if (!compares)
            return (timing, null, lacks);
        Timing other = Summary(theirs, memory ? peer!.PeakBytes() : null);
        peer!.Drop();
        return (timing, other, null);
    }

    private static Timing Summary(List<double> seconds, long? peak) => new(Samples.Median(seconds), Samples.Spread(seconds), seconds.Count, peak);

    private int RunsOfRound(double once) => quick ? 1 : Math.Clamp((int)(SecondsOfSide / Rounds / once), 1, MostRunsOfRound);

    // Until compiled code, pools and caches are as they stay. Returns the seconds of the fastest run.
    private double Warm(Func<double> run)
    {
        double total = 0, fastest = double.PositiveInfinity;
        int runs = 0;
        do
        {
            double seconds = run();
            total += seconds;
            fastest = Math.Min(fastest, seconds);
            runs++;
        }
        while (!quick && total < SecondsOfWarmup && runs < MostRunsOfRound);
        return Math.Max(fastest, 1e-9);
    }
}
