using System.Diagnostics;

namespace SspNative.Model.Pipeline;

/// <summary>Times the stages of a run and reports their progress.</summary>
public sealed class StageClock(StageProgress progress)
{
    private readonly List<StageTimer> _timers = [];

    /// <summary>Seconds by stage, in order.</summary>
    public IReadOnlyList<(string Stage, double Seconds)> Times => [.. _timers.Select(t => (t.Stage, t.Seconds))];

    /// <summary>Begins a stage whose steps are run one by one, maybe in turns with those of another.</summary>
    public StageTimer Start(string stage, int steps)
    {
        var timer = new StageTimer(stage, steps, progress);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Runs a stage of some steps; the body calls its argument after each.</summary>
    public T Run<T>(string stage, int steps, Func<Action, T> body)
    {
        StageTimer timer = Start(stage, steps);
        T result = timer.Time(() => body(timer.Count));
        progress(stage, steps, steps);
        return result;
    }
}

/// <summary>One stage of a run: its steps and the time they took.</summary>
public sealed class StageTimer
{
    private readonly StageProgress _progress;
    private readonly int _steps;
    private long _ticks;
    private int _done;

    internal StageTimer(string stage, int steps, StageProgress progress)
    {
        (Stage, _steps, _progress) = (stage, steps, progress);
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

    internal T Time<T>(Func<T> body)
    {
        using ProfilerSpan span = Profiler.Stage(Stage);
        long start = Stopwatch.GetTimestamp();
        T result = body();
        _ticks += Stopwatch.GetTimestamp() - start;
        return result;
    }

    internal void Count() => _progress(Stage, ++_done, _steps);
}
