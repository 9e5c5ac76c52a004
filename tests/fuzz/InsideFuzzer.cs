using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using SspNative.Tests.Fuzzing;

namespace SspNative.Fuzz;

/// <summary>
/// Fuzzes a target inside this process: no pipe and no switch of processes for each input, so several times as many as by AFL++. It begins with the inputs
/// that AFL++ kept and goes on with changes of its own (<see cref="Mutation"/>). What is kept lies in <c>queue</c>, what is found in <c>crashes</c>.
/// </summary>
internal sealed class InsideFuzzer : IDisposable
{
    private const int MostInput = 1 << 16;
    private const int MostFindings = 20;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    private sealed record Kept(byte[] Input, long Ticks);

    private readonly FuzzTarget _target;
    private readonly string _folder;
    private readonly Coverage _coverage = new();
    private readonly Random _random = new();
    private readonly List<Kept> _kept = [];
    private readonly MemoryMappedFile _current;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _executionsOfEarlierRuns;
    private long _executions;
    private int _findings;

    /// <param name="folder">Takes what is kept and found.</param>
    public InsideFuzzer(FuzzTarget target, string folder)
    {
        (_target, _folder) = (target, folder);
        Directory.CreateDirectory(Path.Combine(folder, "queue"));
        Directory.CreateDirectory(Path.Combine(folder, "crashes"));
        // The input that is being read, with its length: it stays when the process crashes.
        _current = MemoryMappedFile.CreateFromFile(Path.Combine(folder, "current"), FileMode.Create, null, MostInput + sizeof(int));
        _view = _current.CreateViewAccessor();
        if (File.Exists(Statistics))
            _executionsOfEarlierRuns = long.Parse(File.ReadLines(Statistics).First().Split(" : ")[1], CultureInfo.InvariantCulture);
    }

    private string Statistics => Path.Combine(_folder, "stats");

    public void Dispose()
    {
        _view.Dispose();
        _current.Dispose();
    }

    /// <summary>Fuzzes for a time, or until what was searched for is found.</summary>
    /// <param name="until">A pattern: the first finding whose trace it matches ends the search, and no other is kept. Null: every finding is kept.</param>
    /// <param name="seeds">Folders of inputs to begin with, besides those that an earlier run kept.</param>
    public void Run(TimeSpan time, Regex? until, IEnumerable<string> seeds, IReadOnlyList<byte[]> tokens)
    {
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        using (new Timer(_ => Watch(), null, _longest, _longest))
            Fuzz(end, until, seeds, tokens);
        WriteStatistics();
    }

    private void Fuzz(long end, Regex? until, IEnumerable<string> seeds, IReadOnlyList<byte[]> tokens)
    {
        foreach (string folder in seeds.Append(Path.Combine(_folder, "queue")).Where(Directory.Exists))
            foreach (string file in Directory.GetFiles(folder).Where(f => new FileInfo(f).Length <= MostInput))
                Execute(File.ReadAllBytes(file), isSeed: true, until);
        var mutation = new Mutation(_random, tokens, MostInput);
        while (_kept.Count > 0 && _findings < (until is null ? MostFindings : 1) && Stopwatch.GetTimestamp() < end)
            Execute(mutation.Of(Choose().Input, Choose().Input), isSeed: false, until);
    }

    // Of two the one that is read faster: many inputs are read, and most of them are small.
    private Kept Choose()
    {
        Kept a = _kept[_random.Next(_kept.Count)], b = _kept[_random.Next(_kept.Count)];
        return a.Ticks <= b.Ticks ? a : b;
    }

    private void Execute(byte[] input, bool isSeed, Regex? until)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(sizeof(int), input, 0, input.Length);
        _coverage.Begin();
        long start = Stopwatch.GetTimestamp();
        try
        {
            _target.Judge(input);
        }
        catch (FuzzFinding finding)
        {
            if (until?.IsMatch(finding.ToString()) == false)
                return;
            _findings++;
            Save("crashes", input);
            Console.WriteLine(finding.Message);
            return;
        }
        finally
        {
            Interlocked.Increment(ref _executions);
        }
        long ticks = Stopwatch.GetTimestamp() - start;
        if (!_coverage.TakeIn() && !isSeed)
            return;
        _kept.Add(new(input, ticks));
        if (!isSeed)
            Save("queue", input);
    }

    // An input hangs where a whole period passes within it in which the process worked.
    private long _executionsBefore = -1;
    private TimeSpan _workedBefore;

    private void Watch()
    {
        (long executions, TimeSpan worked) = (Interlocked.Read(ref _executions), Environment.CpuUsage.TotalTime);
        if (executions == _executionsBefore && worked - _workedBefore > _longest / 2)
            Environment.FailFast($"{_target.Name}: hangs");
        (_executionsBefore, _workedBefore) = (executions, worked);
        WriteStatistics();
    }

    private void Save(string kind, byte[] input) =>
        File.WriteAllBytes(Path.Combine(_folder, kind, Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8))), input);

    // In the form of AFL++'s.
    private void WriteStatistics() =>
        File.WriteAllText(
            Statistics,
            $"execs_done : {_executionsOfEarlierRuns + Interlocked.Read(ref _executions)}\ncorpus_count : {_kept.Count}\nways : {_coverage.Ways}\n");
}
