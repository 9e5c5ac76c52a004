using System.Globalization;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Repeated executions of one side.</summary>
/// <param name="Seconds">The median.</param>
/// <param name="Least">The minimum.</param>
/// <param name="Spread">Interquartile range by median.</param>
/// <param name="Runs">How many executions were timed.</param>
/// <param name="Others">The share of the processors, 0 … 1, that other programs took meanwhile, where the system tells it.</param>
/// <param name="PeakBytes">The most memory the process held, where the system tells it and it was asked for.</param>
public sealed record Timing(double Seconds, double Least, double Spread, int Runs, double? Others, long? PeakBytes);

/// <summary>A case measured.</summary>
/// <param name="Case">The case.</param>
/// <param name="Ours">The engine.</param>
/// <param name="Peer">The peer; null without one, where it does not have the case, or where it computes something else.</param>
/// <param name="PeerLacks">Why the peer does not have the case.</param>
/// <param name="Flops">By formula or counted.</param>
/// <param name="Bytes">By formula; 0 for models.</param>
/// <param name="Bound">What bounds it: compute, L2, L3 or memory; empty for models.</param>
/// <param name="OfRoof">The least time the roof allows by the engine's time; 0 without a roof.</param>
/// <param name="TensorBytes">The most memory in tensors of the engine at once, weights included; for models.</param>
public sealed record BenchResult(
    BenchCase Case, Timing Ours, Timing? Peer, string? PeerLacks, double Flops, double Bytes, string Bound,
    double OfRoof, long? TensorBytes)
{
    /// <summary>How many times faster than the peer the engine is, by medians.</summary>
    public double? Ratio => Peer?.Seconds / Ours.Seconds;

    /// <summary>The same by minima.</summary>
    public double? LeastRatio => Peer?.Least / Ours.Least;

    /// <summary>The timings of the engine, and of the peer if it has one.</summary>
    internal IEnumerable<Timing> Timings => Peer is null ? [Ours] : [Ours, Peer];

    /// <summary>Whether it seems faster than the roof allows.</summary>
    public bool IsAboveRoof => OfRoof > BenchProtocol.MostOfRoof;

    /// <summary>The largest relative error (root mean square) between an output of the engine and the peer's; null where they were not compared.</summary>
    public double? Difference { get; init; }

    /// <summary>What the peer computes differently. Its time then counts for nothing.</summary>
    public string? Disagreement { get; init; }
}

/// <summary>A table of cases, as JSON.</summary>
public sealed record BenchReport(string Device, string? Peer, IRoof? Roof, IReadOnlyList<BenchResult> Results)
{
    /// <summary>Why the figures may mean little: a busy machine, other numbers of threads, figures that cannot be.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public string ToJson() => LabJson.WriteBench(this);
}

/// <summary>Why figures may mean little, a few words each.</summary>
public static class BenchWarnings
{
    /// <summary>Warnings of cases beside a peer.</summary>
    /// <param name="results">The cases.</param>
    /// <param name="threads">Threads of the engine.</param>
    /// <param name="peerThreads">Threads of the peer; null where there is none, or it runs on another device.</param>
    /// <param name="roof">What they are compared with; null for models.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<BenchResult> results, int threads, int? peerThreads, IRoof? roof = null)
    {
        List<string> warnings = [.. Of([.. results.SelectMany(r => r.Timings)], threads, peerThreads, roof?.Others)];
        if (results.Count(r => r.IsAboveRoof) is var above and > 0)
            warnings.Add($"{above} of {results.Count} cases seem to pass the roof (marked !)");
        return warnings;
    }

    /// <summary>Warnings of timings alone.</summary>
    /// <param name="timings">The timings.</param>
    /// <param name="threads">Threads of the engine.</param>
    /// <param name="peerThreads">Threads of the peer, if there is one.</param>
    /// <param name="others">What others took of the processors while something else was measured that they are compared with.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<Timing> timings, int threads, int? peerThreads, double? others = null)
    {
        List<string> warnings = [.. Busy(timings.Select(t => t.Others).Append(others).Max())];
        if (timings.Count(t => t.Seconds > BenchProtocol.MostOfLeast * t.Least) is var unsteady and > 0)
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture, $"{unsteady} of {timings.Count} medians are above {BenchProtocol.MostOfLeast} × their minima"));
        if (peerThreads is { } theirs && theirs != threads)
            warnings.Add($"the engine has {threads} threads, the peer {theirs}");
        return warnings;
    }

    /// <summary>Warnings of a roof alone.</summary>
    public static IReadOnlyList<string> Of(IRoof roof) => Busy(roof.Others);

    private static IReadOnlyList<string> Busy(double? others) => others > BenchProtocol.MostOthers
        ? [string.Create(CultureInfo.InvariantCulture, $"other programs took up to {others:0 %} of the processors, so the figures mean little")]
        : [];
}
