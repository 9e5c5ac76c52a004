using SspNative.Kernels.Cpu;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Measures cases, engine and peer in turns so that what disturbs the machine disturbs both.</summary>
/// <param name="device">What is measured; kernels by its own clock, if it has one.</param>
/// <param name="peer">What to compare with; null measures the engine alone.</param>
/// <param name="quick">One round of short runs.</param>
public sealed class Bench(IDevice device, IPeer? peer, bool quick = false) : IDisposable
{
    private readonly DeviceClock _clock = new(device, quick);

    /// <summary>Measures one kernel case.</summary>
    public BenchResult Kernel(BenchCase work, IRoof roof)
    {
        Cost cost = KernelCases.Count(work);
        using BenchRun ours = KernelCases.Prepare(work, device);
        return UnderRoof(work, work, ours, cost, roof);
    }

    /// <summary>Measures one call of a recording.</summary>
    public BenchResult Call(CallCase call, IRoof roof)
    {
        using var ours = new CallRun(call.Call, device);
        var work = new BenchCase(call.Name, call.Call.Name, Pass.Forward, new Dictionary<string, int>());
        return UnderRoof(work, PeerForm.Of(call.Call), ours, call.Call.Cost, roof);
    }

    /// <summary>Measures one model case, with memory.</summary>
    public BenchResult Model(BenchCase work)
    {
        double flops = ModelRuns.Count(work);
        // What the processor keeps for reuse is not the case's.
        (device as CpuDevice)?.Dispose();
        ProcessMemory.ResetPeak();
        using BenchRun ours = ModelRuns.Prepare(work, device);
        device.ResetPeak();
        (Timing mine, Timing? theirs, string? lacks) = Measure(work, () => _clock.RunWhole(ours), isModel: true);
        var result = new BenchResult(work, mine, theirs, lacks, flops, 0, "", 0, device.PeakBytes);
        if (theirs is not null)
            result = Compared(result, ours);
        peer?.Drop();
        return result;
    }

    /// <summary>Something that times itself, alone, with memory.</summary>
    public Timing Whole(Func<double> run)
    {
        (device as CpuDevice)?.Dispose();
        ProcessMemory.ResetPeak();
        return Turns(run, null, isModel: true).Ours;
    }

    /// <summary>The median time of work alone.</summary>
    public Timing Alone(BenchRun ours) => Turns(() => _clock.Run(ours), null, isModel: false).Ours;

    public void Dispose() => _clock.Dispose();

    private BenchResult UnderRoof(BenchCase work, BenchCase? ofPeer, BenchRun ours, Cost cost, IRoof roof)
    {
        (Timing mine, Timing? theirs, string? lacks) = Measure(ofPeer, () => _clock.Run(ours), isModel: false);
        if (theirs is not null)
            peer!.Drop();
        (string bound, double least) = roof.LeastTime(cost.Flops, cost.Bytes);
        return new BenchResult(work, mine, theirs, lacks, cost.Flops, cost.Bytes, bound, least / mine.Seconds, null);
    }

    // What computes something else is no peer of it, however fast it is.
    private BenchResult Compared(BenchResult result, BenchRun ours)
    {
        IReadOnlyList<CaseOutput> theirs = peer!.Outputs();
        if (theirs.Count == 0)
            return result;
        (double difference, string? disagreement) = OutputComparison.Compare(ours.Outputs(), theirs);
        return result with
        {
            Peer = disagreement is null ? result.Peer : null,
            Difference = double.IsFinite(difference) ? difference : null,
            Disagreement = disagreement,
        };
    }

    private (Timing Ours, Timing? Peer, string? Lacks) Measure(BenchCase? ofPeer, Func<double> ours, bool isModel)
    {
        string? lacks = peer is null ? null : ofPeer is null ? "no peer computes it by itself" : peer.Prepare(ofPeer);
        (Timing mine, Timing? theirs) = Turns(ours, lacks is null ? peer : null, isModel);
        return (mine, theirs, lacks);
    }

    private (Timing Ours, Timing? Peer) Turns(Func<double> ours, IPeer? other, bool isModel)
    {
        var load = OtherLoad.Watch(() => other?.ProcessorSeconds() ?? 0);
        double mineOnce = Warm(ours), theirsOnce = other is null ? 0 : Warm(() => other.Run(1)[0]);
        (int turns, int runsOfMine, int runsOfTheirs) = BenchProtocol.Turns(isModel, quick, mineOnce, theirsOnce);
        var mine = new List<double>();
        var theirs = new List<double>();
        for (int turn = 0; turn < turns; turn++)
        {
            Rest(other);
            for (int i = 0; i < runsOfMine; i++)
                mine.Add(ours());
            if (other is null)
                continue;
            Rest(null);
            theirs.AddRange(other.Run(runsOfTheirs));
        }
        double? others = load.Share();
        Timing Summary(List<double> seconds, long? peak) =>
            new(Samples.Median(seconds), seconds.Min(), Samples.Spread(seconds), seconds.Count, others, peak);
        return (Summary(mine, isModel ? ProcessMemory.Peak() : null), other is null ? null : Summary(theirs, isModel ? other.PeakBytes() : null));
    }

    // Until the threads of the side that had its turn sleep.
    private void Rest(IPeer? before)
    {
        if (quick)
            return;
        double taken = before?.ProcessorSeconds() ?? 0;
        for (int rests = 0; rests < BenchProtocol.MostRests; rests++)
        {
            Thread.Sleep(BenchProtocol.RestMilliseconds);
            double now = before?.ProcessorSeconds() ?? 0;
            if (now - taken <= BenchProtocol.MostOfRest * BenchProtocol.RestMilliseconds / 1000)
                return;
            taken = now;
        }
    }

    // Returns the seconds of the fastest run.
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
        while (!quick && total < BenchProtocol.SecondsOfWarmUp && runs < BenchProtocol.MostRunsOfTurn);
        return Math.Max(fastest, 1e-9);
    }
}
