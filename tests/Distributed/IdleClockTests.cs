using SspNative.Engine.Distributed;
using Xunit;

namespace SspNative.Tests.Distributed;

public sealed class IdleClockTests
{
    private readonly IdleClock _clock = new();
    private double _now, _used;

    [Fact]
    public void TimeWithoutWorkAddsUp() => Assert.Equal([1, 2, 3], [After(1, 0), After(1, 0.02), After(1, 0.01)]);

    [Fact]
    public void WorkBeginsAnew()
    {
        After(5, 0);
        Assert.Equal(0, After(1, 0.05));
        Assert.Equal(1, After(1, 0.04));
    }

    // What counts is the share since the last look, not seconds of a processor.
    [Fact]
    public void LittleWorkInALongTimeIsNone() => Assert.Equal(10, After(10, 0.4));

    [Fact]
    public void WhoWaitsForOthersIsNotIdle()
    {
        After(5, 0);
        Assert.Equal(0, After(1, 0, waits: true));
        Assert.Equal(1, After(1, 0));
    }

    [Fact]
    public void AStopOfTheWholeProcessDoesNotCount()
    {
        After(5, 0);
        _clock.Restart(TimeSpan.FromSeconds(_now));
        Assert.Equal(1, After(1, 0));
    }

    private double After(double seconds, double used, bool waits = false)
    {
        _now += seconds;
        _used += used;
        return _clock.Observe(TimeSpan.FromSeconds(_now), TimeSpan.FromSeconds(_used), waits).TotalSeconds;
    }
}
