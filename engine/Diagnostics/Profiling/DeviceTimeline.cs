using System.Diagnostics;

namespace SspNative.Engine.Diagnostics;

/// <summary>
/// When a device did what it was given, by its own clock, told in the host's. Nothing waits for the device but <see cref="Settle"/>.
/// </summary>
/// <remarks>Where two threads launch at once, what one launched may be counted for the other too.</remarks>
internal sealed class DeviceTimeline : IDisposable
{
    // Each holds two events of the driver.
    private const int MostPending = 8192;

    private readonly IDevice _device;
    private readonly Lock _lock = new();
    private readonly List<(TraceEvent Kernel, DeviceMark Begin, DeviceMark End)> _pending = [];

    // Times are measured from the last mark that is known, since drivers tell long ones less exactly.
    private DeviceMark _known;
    private double _knownAt;
    private long _lastEnd;

    private DeviceTimeline(IDevice device, int thread, DeviceMark first)
    {
        (_device, Thread, _known) = (device, thread, first);
        // The device has nothing to do, so that it comes past now.
        device.Synchronize();
        _knownAt = Stopwatch.GetTimestamp();
    }

    /// <summary>What stands for the device in place of a thread.</summary>
    public int Thread { get; }

    /// <summary>The name of that.</summary>
    public string Name => _device.Description;

    /// <summary>The timeline of a device; null of one that has no clock of its own.</summary>
    public static DeviceTimeline? Of(IDevice device, int thread)
    {
        device.Synchronize();
        return device.Mark() is { } mark ? new DeviceTimeline(device, thread, mark) : null;
    }

    /// <summary>Tells that a kernel or copy is about to be launched.</summary>
    public DeviceMark Begin() => _device.Mark()!;

    /// <summary>Tells that it was.</summary>
    public void End(TraceEvent kernel, DeviceMark begin)
    {
        DeviceMark end = _device.Mark()!;
        bool full;
        lock (_lock)
        {
            _pending.Add((kernel, begin, end));
            full = _pending.Count >= MostPending;
        }
        if (full)
            Settle();
    }

    /// <summary>Waits for the device, and gives all that was launched its time.</summary>
    public void Settle()
    {
        lock (_lock)
        {
            foreach ((TraceEvent kernel, DeviceMark begin, DeviceMark end) in _pending)
            {
                double start = _knownAt + begin.SecondsSince(_known) * Stopwatch.Frequency, ticks = end.SecondsSince(begin) * Stopwatch.Frequency;
                _known.Dispose();
                (_known, _knownAt) = (begin, start);
                kernel.Start = Math.Max((long)start, _lastEnd);
                kernel.End = _lastEnd = Math.Max((long)(start + ticks), kernel.Start);
                kernel.Thread = Thread;
                end.Dispose();
            }
            _pending.Clear();
        }
    }

    public void Dispose()
    {
        Settle();
        _known.Dispose();
    }
}
