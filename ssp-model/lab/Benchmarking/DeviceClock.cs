using System.Diagnostics;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Times work on a device: the processor by the host's clock, others by their own, so that what a launch costs the host does not count.</summary>
/// <remarks>
/// A device with a clock of its own is given a pass over memory before each execution. No cache then holds the operands, whichever side is measured, and
/// the launches that are timed wait in the queue instead of the device waiting for them.
/// </remarks>
public sealed class DeviceClock : IDisposable
{
    // No second-level cache is as large.
    private const long PassedBytes = 256 << 20, QuickBytes = 1 << 20;

    // As often: a fast device is done with one pass before the host has queued what is timed.
    private const int Passes = 4;

    private readonly IDevice _device;
    private readonly bool _quick, _isOwn;
    private DeviceBuffer? _passed;

    public DeviceClock(IDevice device, bool quick)
    {
        (_device, _quick) = (device, quick);
        using DeviceMark? mark = device.Mark();
        _isOwn = mark is not null;
    }

    /// <summary>Executes once. Returns the seconds of the timed part.</summary>
    public double Run(BenchRun work)
    {
        if (!_isOwn)
            return work.Run();
        work.Begin();
        try
        {
            return Time(work.Execute);
        }
        finally
        {
            work.End();
        }
    }

    /// <summary>Executes once. Returns the host's seconds until the device has done it, what the host does between launches included.</summary>
    public double RunWhole(BenchRun work)
    {
        work.Begin();
        try
        {
            _device.Synchronize();
            long start = Stopwatch.GetTimestamp();
            work.Execute();
            _device.Synchronize();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            work.End();
        }
    }

    /// <summary>The device's seconds of what an action launches.</summary>
    /// <exception cref="NotSupportedException">The device has no clock of its own.</exception>
    public double Time(Action launch)
    {
        if (!_isOwn)
            throw new NotSupportedException($"{_device.Name} has no clock of its own");
        _passed ??= _device.Allocate(_quick ? QuickBytes : PassedBytes);
        for (int i = 0; i < Passes; i++)
            _device.Launch(new FillCall(_passed, 0f, _passed.ByteLength / sizeof(float)));
        using DeviceMark before = _device.Mark()!;
        launch();
        using DeviceMark after = _device.Mark()!;
        return after.SecondsSince(before);
    }

    public void Dispose() => _passed?.Release();
}
