using System.Globalization;

namespace SspNative.Soak;

/// <summary>What became of many clips in one process.</summary>
/// <param name="name">Of the process.</param>
/// <param name="kinds">The clips, one after the other and again.</param>
internal sealed class SoakRun(string name, IReadOnlyList<ClipKind> kinds)
{
    // What the first clips bring along, compiled code and buffers that are kept, is no growth: the second fifth is compared with the last.
    private const int Parts = 5;

    private const double MemoryShare = 0.05;
    private const int MemoryBytes = 6 << 20, MostMore = 3;

    // Fewer tell nothing of memory, which rises and falls with the garbage collector.
    private const int LeastSamples = 25;

    private readonly Dictionary<string, string> _first = [];
    private readonly List<ProcessSample> _samples = [];
    private readonly List<string> _faults = [];
    private readonly Lock _lock = new();

    public string Name => name;

    public IReadOnlyList<ClipKind> Kinds => kinds;

    public IReadOnlyList<ProcessSample> Samples => _samples;

    /// <summary>What must not have happened, a line each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public int Clips { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Compares a result with the first of its kind.</summary>
    /// <param name="kind">The clip.</param>
    /// <param name="result">What it gave; where it was refused, null.</param>
    /// <param name="message">Why it was refused.</param>
    public void Add(ClipKind kind, string? result, string message = "")
    {
        lock (_lock)
        {
            Clips++;
            Refused += result is null ? 1 : 0;
            if (kind.IsBroken != result is null)
                Fault($"clip {Clips}, {kind.Name}: {(result is null ? $"refused: {message}" : "not refused")}");
            string now = result ?? message;
            if (!_first.TryAdd(kind.Name, now) && _first[kind.Name] != now)
                Fault($"clip {Clips}, {kind.Name}: {now}, first it was {_first[kind.Name]}");
        }
    }

    /// <summary>Notes what must not have happened.</summary>
    public void Fault(string line)
    {
        lock (_lock)
            _faults.Add(line);
        Console.Error.WriteLine($"{name}: {line}");
    }

    /// <summary>Notes what the process takes now.</summary>
    public void Sample(int process)
    {
        _samples.Add(ProcessSample.Of(process, Clips));
        if (_samples.Count % 25 == 1)
            Console.Error.WriteLine($"{name}: {_samples[^1]}");
    }

    /// <summary>Judges the samples.</summary>
    public void End()
    {
        if (_samples.Count >= LeastSamples)
            Grown("memory", s => s.Memory, before => before * MemoryShare + MemoryBytes);
        Grown("handles", s => s.Handles, _ => MostMore);
        Grown("threads", s => s.Threads, _ => MostMore);
        Grown("temporary files", s => s.Temporary, _ => 0);
    }

    /// <summary>The median of a quantity over the second fifth of the samples and over the last.</summary>
    public (double Before, double After) Growth(Func<ProcessSample, double> of)
    {
        int part = Math.Max(1, _samples.Count / Parts);
        return (Median(_samples.Skip(_samples.Count > part ? part : 0).Take(part)), Median(_samples.TakeLast(part)));

        double Median(IEnumerable<ProcessSample> samples) => samples.Select(of).Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;
    }

    /// <summary>A line for people.</summary>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{name}: {Clips} clips of {kinds.Count} kinds, {Refused} refused as they should, {_faults.Count} faults; "
        + $"memory {Of(s => s.Memory / 1048576.0)} MB, handles {Of(s => s.Handles)}, threads {Of(s => s.Threads)}, "
        + $"temporary files {Of(s => s.Temporary)}");

    private string Of(Func<ProcessSample, double> of) => Growth(of) is var (before, after)
        ? string.Create(CultureInfo.InvariantCulture, $"{before:0.#} → {after:0.#}")
        : "";

    private void Grown(string what, Func<ProcessSample, double> of, Func<double, double> allowed)
    {
        (double before, double after) = Growth(of);
        if (after > before + allowed(before))
            Fault(string.Create(CultureInfo.InvariantCulture, $"{what} grew from {before:0} to {after:0}"));
    }
}
