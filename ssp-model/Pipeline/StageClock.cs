using System.Diagnostics;

namespace SspNative.Model.Pipeline;

/// <summary>Times the stages of a run and reports their progress.</summary>
public sealed class StageClock(StageProgress progress)
{
    private readonly List<(string Stage, double Seconds)> _times = [];

    /// <summary>Seconds by stage, in order.</summary>
    public IReadOnlyList<(string Stage, double Seconds)> Times => _times;

    /// <summary>Runs a stage of some steps; the body calls its argument after each.</summary>
    public T Run<T>(string stage, int steps, Func<Action, T> body)
    {
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        using ProfilerSpan span = Profiler.Stage(stage);
        progress(stage, 0, steps);
        T result = body(() => progress(stage, ++done, steps));
        progress(stage, steps, steps);
        _times.Add((stage, Stopwatch.GetElapsedTime(start).TotalSeconds));
        return result;
    }
}
