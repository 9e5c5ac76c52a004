using SspNative.Engine.Distributed;
using Xunit;

namespace SspNative.Tests.Distributed;

public sealed class IdleClockTests
{
    private readonly IdleClock _clock = new();
    private double _now;
    private WorkTraces _traces;

    [Fact]
    public void TimeWithoutWorkAddsUp() => Assert.Equal([1, 2, 3], [After(1), After(1, used: 0.02, turns: 3), After(1, used: 0.01)]);

    [Fact]
    public void WorkBeginsAnew()
    {
        After(5);
        Assert.Equal(0, After(1, used: 0.05));
        Assert.Equal(1, After(1, used: 0.04));
    }

    // What counts is the share since the last look, not seconds of a processor.
    [Fact]
    public void LittleWorkInALongTimeIsNone()
    {
        After(1);
        Assert.Equal(11, After(10, used: 0.4, turns: 39));
    }

    // As a slow disk does, on which the process waits again and again.
    [Fact]
    public void WhoHasATurnAgainAndAgainIsNotIdle()
    {
        After(5);
        Assert.Equal(0, After(1, turns: 4));
        Assert.Equal(0, After(2, turns: 8));
        Assert.Equal(2, After(2, turns: 7));
    }

    // Its counts go with it.
    [Fact]
    public void AThreadThatEndsIsNoWork()
    {
        After(5, used: 100, turns: 1000);
        Assert.Equal([1, 2], [After(1, used: -90, turns: -900), After(1)]);
        Assert.Equal(0, After(1, used: 0.05));
    }

    [Fact]
    public void WhatIsReadOrDoneByOthersCounts()
    {
        After(5);
        Assert.Equal(0, After(1, moved: 4));
        Assert.Equal(1, After(1, moved: 3));
        // One has ended.
        Assert.Equal(2, After(1, moved: -1000));
    }

    [Fact]
    public void PagesThatAreWrittenCount()
    {
        After(5);
        Assert.Equal(0, After(1, written: 1));
        Assert.Equal(1, After(1));
    }

    [Fact]
    public void PagesThatAreWrittenCountForAMinute()
    {
        After(1);
        for (int i = 0; i < 58; i++)
            Assert.Equal(0, After(1, written: 1));
        Assert.Equal(0, After(0.5, written: 1));
        Assert.Equal([1, 2], [After(1, written: 1), After(1, written: 1)]);
        Assert.Equal(0, After(1, turns: 4));
        Assert.Equal(0, After(1, written: 1));
    }

    [Fact]
    public void AMinuteOfWritingIsTooLong()
    {
        Assert.Equal(60, After(60, written: 1));
        Assert.Equal(0, After(1, turns: 4));
        Assert.Equal(0, After(59.5, written: 1));
    }

    [Fact]
    public void WhoWaitsForOthersIsNotIdle()
    {
        After(5);
        Assert.Equal(0, After(1, waits: true));
        Assert.Equal(1, After(1));
    }

    [Fact]
    public void AStopOfTheWholeProcessDoesNotCount()
    {
        After(5);
        _clock.Restart(TimeSpan.FromSeconds(_now));
        Assert.Equal(1, After(1));
    }

    private double After(double seconds, double used = 0, long turns = 0, long moved = 0, long written = 0, bool waits = false)
    {
        _now += seconds;
        _traces = new WorkTraces(_traces.Used + TimeSpan.FromSeconds(used), _traces.Turns + turns, _traces.Moved + moved, _traces.Written + written);
        return _clock.Observe(TimeSpan.FromSeconds(_now), _traces, waits).TotalSeconds;
    }
}
