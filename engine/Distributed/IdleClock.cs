using System.Globalization;

namespace SspNative.Engine.Distributed;

/// <summary>
/// How long a process has done nothing: it has neither used a processor nor waited for other ranks. A process whose work hangs, as on a disk that does not
/// answer, still says that it lives, since a thread of its own says so.
/// </summary>
internal sealed class IdleClock
{
    /// <summary>Says in seconds for how long a rank may do nothing.</summary>
    public const string Variable = "SSP_RANK_IDLE";

    // What the thread that watches the ranks uses by itself is a tenth of this.
    private const double Share = 0.05;

    private TimeSpan _seen, _used, _since;

    /// <summary>For how long a rank may do nothing before it counts as one that hangs: ten minutes, unless the environment says otherwise.</summary>
    /// <exception cref="InputException">It says no time.</exception>
    public static TimeSpan Limit() => Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text ? TimeSpan.FromMinutes(10)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds)
        : throw new InputException($"{Variable}={text}: it must be a whole number of seconds, at least 1");

    /// <summary>Is told how the process stands, about once a second, and answers since how long it has done nothing.</summary>
    /// <param name="now">The time.</param>
    /// <param name="used">What all its threads have used of the processors.</param>
    /// <param name="waits">Whether it waits for other ranks.</param>
    public TimeSpan Observe(TimeSpan now, TimeSpan used, bool waits)
    {
        if (waits || used - _used >= Share * (now - _seen))
            _since = now;
        (_seen, _used) = (now, used);
        return now - _since;
    }

    /// <summary>Begins anew, as when the process itself was stopped for a while.</summary>
    public void Restart(TimeSpan now) => _since = now;
}
