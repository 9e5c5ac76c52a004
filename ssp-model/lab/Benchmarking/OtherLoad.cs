using System.Diagnostics;
using System.Globalization;

namespace SspNative.Lab.Benchmarking;

/// <summary>What other programs take of the processors while something is measured, where the system tells it (Linux).</summary>
/// <remarks>
/// From <c>/proc/stat</c>: what the processors that this process may use did in all, less what this process and its peer did. A hypervisor that gives them to
/// another machine counts as others do.
/// </remarks>
public sealed class OtherLoad
{
    // The system counts in hundredths of a second.
    private const double ShortestSeconds = 0.1;

    private const string Statistics = "/proc/stat", Status = "/proc/self/status", Allowed = "Cpus_allowed_list:";

    // After the name: user, nice, system, idle, iowait, irq, softirq, steal. What follows is counted in user already.
    private const int Fields = 8, Idle = 3, Waiting = 4;

    private readonly Func<double> _peerSeconds;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double _own;
    private readonly (double Busy, double All)? _before;

    private OtherLoad(Func<double> peerSeconds) => (_peerSeconds, _own, _before) = (peerSeconds, OwnSeconds(peerSeconds), Read());

    /// <summary>Begins to watch.</summary>
    /// <param name="peerSeconds">The processor time that a peer's process has taken so far; 0 without one.</param>
    public static OtherLoad Watch(Func<double> peerSeconds) => new(peerSeconds);

    /// <summary>The share of the processors, 0 … 1, that others took since; null where that is not known, or the time was too short to tell.</summary>
    public double? Share()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (seconds < ShortestSeconds || _before is not { } before || Read() is not { } after || after.All <= before.All)
            return null;
        double own = (OwnSeconds(_peerSeconds) - _own) / (seconds * Processors().Count);
        return Math.Clamp(((after.Busy - before.Busy) / (after.All - before.All)) - own, 0, 1);
    }

    private static double OwnSeconds(Func<double> peerSeconds) => peerSeconds() + Environment.CpuUsage.TotalTime.TotalSeconds;

    private static (double Busy, double All)? Read()
    {
        if (!File.Exists(Statistics))
            return null;
        HashSet<string> names = Processors();
        double busy = 0, all = 0;
        foreach (string line in File.ReadLines(Statistics))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length <= Fields || !names.Contains(words[0]))
                continue;
            double[] times = [.. words.Skip(1).Take(Fields).Select(w => double.Parse(w, CultureInfo.InvariantCulture))];
            all += times.Sum();
            busy += times.Sum() - times[Idle] - times[Waiting];
        }
        return (busy, all);
    }

    // "0-3,8" → cpu0 … cpu3, cpu8.
    private static HashSet<string> Processors()
    {
        string list = File.ReadLines(Status).Single(l => l.StartsWith(Allowed, StringComparison.Ordinal))[Allowed.Length..].Trim();
        var names = new HashSet<string>();
        foreach (string range in list.Split(','))
        {
            int[] ends = [.. range.Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
            for (int i = ends[0]; i <= ends[^1]; i++)
                names.Add($"cpu{i}");
        }
        return names;
    }
}
