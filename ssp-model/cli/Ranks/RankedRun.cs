using System.Diagnostics;
using System.Globalization;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Distributed;

namespace SspNative.Cli.Ranks;

/// <summary>
/// A verb that several ranks run together, as <c>mpiexec -n 4 ssp train …</c> starts them. Rank 0 alone writes to the terminal: what the others have
/// to say comes to it. Whatever ends one rank ends all, with one line that says which and why.
/// </summary>
internal sealed class RankedRun : IRankWatcher
{
    private static readonly string[] _verbs = ["ssp train", "ssp eval", "ssp ablate"];

    // For so long lines of other ranks wait: most failures are all ranks' own, and rank 0 says them itself.
    private static readonly TimeSpan _grace = TimeSpan.FromMilliseconds(1000);

    // The launcher needs a moment to read what a process has said: told to end all, it drops what it has not read.
    private static readonly TimeSpan _reading = TimeSpan.FromMilliseconds(300);

    // For so long what was said is not said again: ranks that fail alike do so one after the other.
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly PatientWriter _terminal = new(Console.Error);
    private readonly List<(TimeSpan At, string Line)> _said = [];
    private readonly List<(TimeSpan Since, int Rank, string Line)> _waiting = [];
    private readonly Func<IReadOnlyList<string>, TextWriter, TextWriter, CancellationToken, ICollective, int> _run;
    private MpiCollective? _ranks;
    private RankWitness? _witness;
    private (TimeSpan Since, int Code)? _failure;
    private bool _ends;
    private readonly HashSet<int> _failed = [];

    private RankedRun(Func<IReadOnlyList<string>, TextWriter, TextWriter, CancellationToken, ICollective, int> run) => _run = run;

    /// <summary>Whether a launcher started this process as one of several ranks, and the verb is one that they run together.</summary>
    /// <param name="verb">Gives the verb, as <c>ssp train</c>.</param>
    public static bool IsOne(Func<string> verb) => MpiCollective.StartedRanks > 1 && _verbs.Contains(verb());

    /// <summary>Meets the other ranks and runs the command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="run">Runs a command line: its arguments, standard output and error, when to stop, and the ranks.</param>
    /// <param name="stop">Cancelled when the verb is to stop.</param>
    public static int Run(
        IReadOnlyList<string> args, Func<IReadOnlyList<string>, TextWriter, TextWriter, CancellationToken, ICollective, int> run, CancellationToken stop) =>
        new RankedRun(run).RunVerb(args, stop);

    /// <summary>Tells, once, that a verb was started several times and that ranks do not share its work.</summary>
    public static void RemarkOthers()
    {
        if (MpiCollective.StartedRanks > 1 && MpiCollective.StartedRank == 0)
            Output.Notes(
                Console.Error,
                [$"{MpiCollective.StartedRanks} processes were started, and each does all the work: ranks share that of {string.Join(", ", _verbs)} alone"]);
    }

    public void Line(int rank, string line)
    {
        lock (_lock)
        {
            _said.RemoveAll(s => _clock.Elapsed - s.At > _memory);
            if (_said.All(s => s.Line != line) && _waiting.All(w => w.Line != line))
                _waiting.Add((_clock.Elapsed, rank, line));
        }
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
        if (_ranks is not { } ranks || !TryBeginEnd())
            return;
        // The others lose rank 0 all at once: one tells, and mpiexec ends all with it. The rest tell if that one is gone too.
        if (ranks.Rank > 1)
            Thread.Sleep(1.5 * _grace);
        Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"rank {rank} ({ranks.Processes[rank]}) has not been heard of "
            + $"for {silence.TotalSeconds:0} s: it is dead or hangs. All ranks end; what was saved stands"));
        EndAfterLoss(ranks);
    }

    public void Idle(TimeSpan time)
    {
        if (_ranks is not { } ranks || !TryBeginEnd())
            return;
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"it has done nothing for {time.TotalSeconds:0} s, as on a disk that does not answer; a larger SSP_RANK_IDLE waits longer. "
            + $"All ranks end; what was saved stands");
        if (ranks.Rank == 0)
        {
            Tell($"rank 0 ({ranks.Processes[0]}): {line}");
            EndAfterLoss(ranks);
        }
        TellFirst(line);
        ranks.GiveUp(ExitCodes.BadInput);
    }

    public void Broken(string why)
    {
        if (_ranks is not { } ranks || !TryBeginEnd())
            return;
        // As a rule because another rank has died, which its witness tells.
        Thread.Sleep(_grace);
        Tell($"rank {ranks.Rank} ({ranks.Processes[ranks.Rank]}): {why}. All ranks end; what was saved stands");
        Exit(ExitCodes.BadInput);
    }

    public void End(int code) => Exit(code);

    public void Tick()
    {
        if (_ranks is not { Rank: 0 } ranks || _ends)
            return;
        Say(_clock.Elapsed - _grace);
        if (_failure is not { } failure || _clock.Elapsed - failure.Since < _grace || !TryBeginEnd())
            return;
        Say(_clock.Elapsed);
        _witness?.Dismiss();
        EndAll(ranks, failure.Code);
        Exit(failure.Code);
    }

    private int RunVerb(IReadOnlyList<string> args, CancellationToken stop)
    {
        try
        {
            _ranks = MpiCollective.Join(this);
            _witness = RankWitness.Start(_ranks);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            // As a rule all fail alike, and the end of the first is the end of all.
            if (MpiCollective.StartedRank > 0)
                Thread.Sleep(_grace);
            Failures.Write(
                Console.Error,
                MpiCollective.StartedRank == 0 ? e.Message : $"rank {MpiCollective.StartedRank} ({RankProcess.This()}): {e.Message}");
            Thread.Sleep(_reading);
            MpiCollective.AbortStarted(ExitCodes.BadInput);
            return ExitCodes.BadInput;
        }
        // However this process ends by itself, it has not died.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _witness.Dismiss();
        using TextWriter error = new LineWriter(_ranks.Rank == 0 ? SayOwn : TellFirst);
        int code = RunAlike(args, error, stop);
        error.Flush();
        try
        {
            TakeLeave(_ranks, _witness, code);
        }
        catch (IOException e)
        {
            Broken(e.Message);
            // Or the watching thread is at it already.
            Thread.Sleep(Timeout.Infinite);
        }
        _terminal.Flush();
        return code;
    }

    private void TakeLeave(MpiCollective ranks, RankWitness witness, int code)
    {
        if (code == ExitCodes.Success)
        {
            ranks.Barrier();
            witness.Dismiss();
            ranks.Leave();
            Say(_clock.Elapsed);
        }
        else if (ranks.Rank != 0)
        {
            bool together = ranks.Fail(code);
            witness.Dismiss();
            if (together)
                Leave(ranks, code);
        }
        else if (TryBeginEnd())
        {
            witness.Dismiss();
            if (AllFail(ranks))
            {
                _terminal.Flush();
                ranks.LeaveAll();
                Leave(ranks, code);
            }
            else
                EndAll(ranks, code);
        }
    }

    // Runs the verb once all ranks are known to be given the same.
    private int RunAlike(IReadOnlyList<string> args, TextWriter error, CancellationToken stop)
    {
        try
        {
            RankArguments.RequireSame(_ranks!, args);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            Failures.Write(error, e.Message);
            return ExitCodes.BadInput;
        }
        return _run(args, _ranks!.Rank == 0 ? Console.Out : TextWriter.Null, error, stop, _ranks);
    }

    private void TellFirst(string line)
    {
        try
        {
            _ranks!.Tell(line);
        }
        catch (IOException)
        {
            // MPI no longer works, which this rank says itself.
        }
    }

    // The first rank that ends so makes the launcher end this one, so that what there is to say must be written before.
    private void EndAll(MpiCollective ranks, int code)
    {
        _terminal.Flush();
        ranks.EndAll(code);
    }

    private void Tell(string failure) => _terminal.Write(error => Failures.Write(error, failure));

    private void Exit(int code)
    {
        _terminal.Flush();
        Environment.Exit(code);
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

    // Ends this process, and at rank 0 all, once a rank is lost.
    private void EndAfterLoss(MpiCollective ranks)
    {
        _witness?.Dismiss();
        if (ranks.Rank == 0)
            EndAll(ranks, ExitCodes.BadInput);
        Exit(ExitCodes.BadInput);
    }

    private static void Leave(MpiCollective ranks, int code)
    {
        // A message that nobody awaits any more may hold it up.
        using var late = new Timer(_ => Environment.Exit(code), null, _grace, Timeout.InfiniteTimeSpan);
        ranks.Leave();
    }

    // Whether the end was not yet begun.
    private bool TryBeginEnd()
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
            _said.Add((_clock.Elapsed, line));
            _waiting.RemoveAll(w => w.Line == line);
            _terminal.Write(error => error.WriteLine(line));
        }
    }

    private void Say(TimeSpan until)
    {
        lock (_lock)
        {
            foreach ((_, int rank, string line) in _waiting.Where(w => w.Since <= until))
            {
                _said.Add((_clock.Elapsed, line));
                _terminal.Write(error => error.WriteLine($"rank {rank} ({_ranks!.Processes[rank]}): {PlainText.OneLine(line)}"));
            }
            _waiting.RemoveAll(w => w.Since <= until);
        }
    }
}
