using System.Globalization;

namespace SspNative.Engine.Distributed;

/// <summary>
/// How long a process has done nothing: it has neither worked nor waited for other ranks. A process whose work hangs, as on a disk that does not answer,
/// still says that it lives, since a thread of its own says so.
/// </summary>
internal sealed class IdleClock
{
    /// <summary>Says in seconds for how long a rank may do nothing.</summary>
    public const string Variable = "SSP_RANK_IDLE";

    // Now and then a thread or process that waits for nothing has a turn.
    private const double Share = 0.05, TracesPerSecond = 4;

    // A disk that takes so long for one file counts as dead, although the machine writes to others.
    private static readonly TimeSpan _flush = TimeSpan.FromMinutes(1);

    private TimeSpan _at, _since, _worked;
    private WorkTraces _traces;

    /// <summary>
    /// For how long a rank may do nothing before it counts as one that hangs, unless the environment says otherwise. All have ended within ten seconds then.
    /// Where the system does not say whether a process waits for a disk in vain, it is ten minutes.
    /// </summary>
    public static TimeSpan Usual => WorkTraces.AreCounted ? TimeSpan.FromSeconds(5) : TimeSpan.FromMinutes(10);

    /// <summary><see cref="Usual"/>, or what the environment says.</summary>
    /// <exception cref="InputException">It says no time.</exception>
    public static TimeSpan Limit() => Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text ? Usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds)
        : throw new InputException($"{Variable}={text}: it must be a whole number of seconds, at least 1");

    /// <summary>Is told how the process stands, about once a second, and answers since how long it has done nothing.</summary>
    /// <param name="traces">What the process has done until now.</param>
    /// <param name="waits">Whether it waits for other ranks.</param>
    public TimeSpan Observe(TimeSpan now, WorkTraces traces, bool waits)
    {
        if (waits || Works(_traces, traces, now - _at))
            _since = _worked = now;
        else if (traces.Written != _traces.Written && now - _worked < _flush)
            _since = now;
        (_at, _traces) = (now, traces);
        return now - _since;
    }

    /// <summary>Begins anew, as when the process itself was stopped for a while.</summary>
    public void Restart(TimeSpan now) => _since = _worked = now;

    private static bool Works(WorkTraces before, WorkTraces now, TimeSpan passed)
    {
        double least = TracesPerSecond * passed.TotalSeconds;
        return now.Used - before.Used >= Share * passed || now.Turns - before.Turns >= least || now.Moved - before.Moved >= least;
    }
}
