using System.Diagnostics;

namespace SspNative.Model.Pipeline;

/// <summary>Seconds that a stage of a run took.</summary>
public sealed record StageTime(string Stage, double Seconds);

/// <summary>Times the stages of a run and reports their progress. Where one asks another for its next item, the time is the other's.</summary>
public sealed class StageClock(StageProgress progress)
{
    private readonly List<StageTimer> _timers = [];
    private StageTimer? _running;
    private long _since;

    /// <summary>What the stages took, in order.</summary>
    public IReadOnlyList<StageTime> Times => [.. _timers.Select(t => new StageTime(t.Stage, t.Seconds))];

    /// <summary>Begins a stage whose steps are run one by one, maybe in turns with those of another.</summary>
    public StageTimer Start(string stage, int steps)
    {
        var timer = new StageTimer(this, stage, steps, progress);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Runs a stage of some steps; the body calls its argument after each.</summary>
    public T Run<T>(string stage, int steps, Func<Action, T> body)
    {
        StageTimer timer = Start(stage, steps);
        T result = timer.Time(() => body(timer.Count));
        timer.End();
        return result;
    }

    /// <summary>Lets a stage run, or none. Returns the one that ran, to which the time so far is charged.</summary>
    internal StageTimer? Switch(StageTimer? next)
    {
        long now = Stopwatch.GetTimestamp();
        StageTimer? ran = _running;
        ran?.Charge(now - _since);
        (_running, _since) = (next, now);
        return ran;
    }
}

/// <summary>One stage of a run: its steps and the time they took.</summary>
public sealed class StageTimer
{
    private readonly StageClock _clock;
    private readonly StageProgress _progress;
    private readonly int _steps;
    private long _ticks;
    private int _done;

    internal StageTimer(StageClock clock, string stage, int steps, StageProgress progress)
    {
        (_clock, Stage, _steps, _progress) = (clock, stage, steps, progress);
        progress(stage, 0, steps);
    }

    public string Stage { get; }

    public double Seconds => (double)_ticks / Stopwatch.Frequency;

    /// <summary>Runs a step, and counts it.</summary>
    public T Step<T>(Func<T> body)
    {
        T result = Time(body);
        Count();
        return result;
    }

    /// <summary>Items of a sequence; the time that it takes to get them is the stage's.</summary>
    public IEnumerable<T> Each<T>(IEnumerable<T> source)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        while (Time(items.MoveNext))
            yield return items.Current;
    }

    /// <summary>Items of a sequence, each a step.</summary>
    public IEnumerable<T> Steps<T>(IEnumerable<T> source)
    {
        foreach (T item in Each(source))
        {
            Count();
            yield return item;
        }
    }

    /// <summary>Reports that all steps are done, though there may have been fewer than were expected.</summary>
    public void End() => _progress(Stage, _steps, _steps);

    internal T Time<T>(Func<T> body)
    {
        StageTimer? outer = _clock.Switch(this);
        // In a profile, what is asked for by another stage is a part of it.
        using ProfilerSpan span = outer is null ? Profiler.Stage(Stage) : Profiler.Module(Stage);
        try
        {
            return body();
        }
        finally
        {
            _clock.Switch(outer);
        }
    }

    internal void Charge(long ticks) => _ticks += ticks;

    internal void Count() => _progress(Stage, ++_done, _steps);
}
