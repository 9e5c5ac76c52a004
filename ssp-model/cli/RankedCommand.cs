using System.Diagnostics;
using System.Globalization;
using SspNative.Engine;
using SspNative.Engine.Distributed;

namespace SspNative.Cli;

/// <summary>
/// A verb that several ranks run together, as <c>mpiexec -n 4 ssp train …</c> starts them. Rank 0 alone writes to the terminal: what the others have
/// to say comes to it. Whatever ends one rank ends all, with one line that says which and why.
/// </summary>
internal sealed class RankedCommand : IRankWatcher
{
    private static readonly string[] _verbs = ["train", "eval", "ablate"];

    // For so long lines of other ranks wait: most failures are all ranks' own, and rank 0 says them itself.
    private static readonly TimeSpan _grace = TimeSpan.FromMilliseconds(1000);

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly HashSet<string> _said = [];
    private readonly List<(TimeSpan Since, int Rank, string Line)> _waiting = [];
    private MpiCollective? _ranks;
    private RankWitness? _witness;
    private (TimeSpan Since, int Code)? _failure;
    private bool _ends;
    private readonly HashSet<int> _failed = [];

    /// <summary>Whether a launcher started this process as one of several ranks, and the verb is one that they run together.</summary>
    public static bool IsOne(IReadOnlyList<string> args) => args.Count > 0 && _verbs.Contains(args[0]) && MpiCollective.StartedRanks > 1;

    /// <summary>Meets the other ranks and runs the command line.</summary>
    public static int Run(IReadOnlyList<string> args, CancellationToken stop) => new RankedCommand().RunVerb(args, stop);

    public void Line(int rank, string line)
    {
        lock (_lock)
            if (!_said.Contains(line) && _waiting.All(w => w.Line != line))
                _waiting.Add((_clock.Elapsed, rank, line));
    }

    public void Failed(int rank, int code)
    {
        lock (_lock)
        {
            _failed.Add(rank);
            _failure ??= (_clock.Elapsed, code);
        }
    }

    public void Lost(int rank, TimeSpan silence)
    {
        if (_ranks is not { } ranks || !Ends())
            return;
        // The others lose rank 0 all at once: one tells, and the rest wait for it, for mpiexec ends all with the first.
        if (ranks.Rank > 1)
            Thread.Sleep(_grace);
        else
            Failures.Write(Console.Error, string.Create(
                CultureInfo.InvariantCulture,
                $"rank {rank} ({ranks.Processes[rank]}) has not been heard of for {silence.TotalSeconds:0} s: it is dead or hangs. All ranks end; what was saved stands"));
        _witness?.Dismiss();
        if (ranks.Rank == 0)
            ranks.EndAll(SspCommandLine.BadInput);
        Environment.Exit(SspCommandLine.BadInput);
    }

    public void End(int code)
    {
        _witness?.Dismiss();
        Environment.Exit(code);
    }

    public void Tick()
    {
        if (_ranks is not { Rank: 0 } ranks || _ends)
            return;
        Say(_clock.Elapsed - _grace);
        if (_failure is not { } failure || _clock.Elapsed - failure.Since < _grace || !Ends())
            return;
        Say(_clock.Elapsed);
        _witness?.Dismiss();
        ranks.EndAll(failure.Code);
        Environment.Exit(failure.Code);
    }

    private int RunVerb(IReadOnlyList<string> args, CancellationToken stop)
    {
        try
        {
            _ranks = MpiCollective.Join(this);
            _witness = RankWitness.Start(_ranks);
        }
        catch (InputException e)
        {
            if (MpiCollective.StartedAsFirst)
                Failures.Write(Console.Error, e.Message);
            return SspCommandLine.BadInput;
        }
        using TextWriter error = new LineWriter(_ranks.Rank == 0 ? SayOwn : _ranks.Tell);
        int code = SspCommandLine.Run(args, _ranks.Rank == 0 ? Console.Out : TextWriter.Null, error, stop, _ranks);
        error.Flush();
        if (code == SspCommandLine.Success)
        {
            _ranks.Barrier();
            _witness.Dismiss();
            _ranks.Leave();
            Say(_clock.Elapsed);
        }
        else if (_ranks.Rank != 0)
        {
            bool together = _ranks.Fail(code);
            _witness.Dismiss();
            if (together)
                Leave(_ranks, code);
        }
        else if (Ends())
        {
            _witness.Dismiss();
            if (AllFail(_ranks))
            {
                _ranks.LeaveAll();
                Leave(_ranks, code);
            }
            else
                _ranks.EndAll(code);
        }
        return code;
    }

    // Whether the others fail too, which most failures do to all. Then all may take leave, and the launcher, which ends everybody at the first that does not,
    // returns their own exit code.
    private bool AllFail(MpiCollective ranks)
    {
        for (TimeSpan until = _clock.Elapsed + _grace; _clock.Elapsed < until; Thread.Sleep(1))
            lock (_lock)
                if (_failed.Count == ranks.Count - 1)
                    return true;
        return false;
    }

    private static void Leave(MpiCollective ranks, int code)
    {
        // A message that nobody awaits any more may hold it up.
        using var late = new Timer(_ => Environment.Exit(code), null, _grace, Timeout.InfiniteTimeSpan);
        ranks.Leave();
    }

    // Whether the end was not yet begun.
    private bool Ends()
    {
        lock (_lock)
        {
            bool first = !_ends;
            _ends = true;
            return first;
        }
    }

    private void SayOwn(string line)
    {
        lock (_lock)
        {
            _said.Add(line);
            _waiting.RemoveAll(w => w.Line == line);
            Console.Error.WriteLine(line);
        }
    }

    private void Say(TimeSpan until)
    {
        lock (_lock)
        {
            foreach ((_, int rank, string line) in _waiting.Where(w => w.Since <= until))
            {
                _said.Add(line);
                Console.Error.WriteLine($"rank {rank} ({_ranks!.Processes[rank]}): {PlainText.OneLine(line)}");
            }
            _waiting.RemoveAll(w => w.Since <= until);
        }
    }

    /// <summary>Hands on whole lines.</summary>
    private sealed class LineWriter(Action<string> write) : StringWriter(CultureInfo.InvariantCulture)
    {
        private readonly Lock _lock = new();

        public override void Write(char value)
        {
            lock (_lock)
            {
                if (value != '\n')
                {
                    base.Write(value);
                    return;
                }
                Flush();
            }
        }

        public override void Write(string? value)
        {
            foreach (char c in value ?? "")
                Write(c);
        }

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

        public override void Flush()
        {
            lock (_lock)
            {
                string line = GetStringBuilder().ToString().TrimEnd('\r');
                GetStringBuilder().Clear();
                if (line.Length > 0)
                    write(line);
            }
        }
    }
}
