using System.Diagnostics;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using Xunit;

namespace SspNative.Tests.Diagnostics.Profiling;

/// <summary>Kernels of a device with a clock of its own have its times, on a line of their own.</summary>
public sealed class DeviceTimelineTests
{
    private static readonly long _millisecond = Stopwatch.Frequency / 1000;

    [Fact]
    public void AKernelTakesWhatTheDevicesClockSays()
    {
        using var device = new ClockedDevice();
        DeviceBuffer x = device.Allocate(400);
        using var profiler = new Profiler();
        long watched = Stopwatch.GetTimestamp();
        using (profiler.Watch(device))
        {
            device.Launch(new FillCall(x, 1f, 100));
            device.Wait(0.005);
            device.Launch(new FillCall(x, 2f, 100));
        }
        profiler.Stop();
        TraceEvent[] kernels = [.. profiler.Events.Where(e => e.Kind == SpanKind.Kernel)];
        Assert.Equal(2, kernels.Length);
        Assert.All(kernels, k => Assert.Equal((1_000_000, true, "fill"), (k.Thread, k.IsOnDevice, k.Op)));
        Assert.All(kernels, k => Assert.Equal(Environment.CurrentManagedThreadId, k.LaunchThread));
        Assert.All(kernels, k => Assert.InRange(k.Ticks, _millisecond - 1, _millisecond + 1));
        Assert.InRange(kernels[0].Start, watched, watched + Stopwatch.Frequency * 10);
        Assert.InRange(kernels[1].Start - kernels[0].Start, 6 * _millisecond - 1, 6 * _millisecond + 1);
        Assert.Equal([(Environment.CurrentManagedThreadId, true), (1_000_000, false)], profiler.Threads.Select(t => (t.Thread, t.Name != "a clock")));
        Assert.Equal(0, device.Marks);
        Assert.Null(Assert.Single(ProfileReport.From(profiler).Kernels).Threads);
        x.Release();
    }

    // Marks are few; nothing is lost when they run out.
    [Fact]
    public void ManyKernelsAreTimedInBetween()
    {
        using var device = new ClockedDevice();
        DeviceBuffer x = device.Allocate(4);
        using var profiler = new Profiler();
        int most = 0;
        using (profiler.Watch(device))
            for (int i = 0; i < 10_000; i++)
            {
                device.Launch(new FillCall(x, 1f, 1));
                most = Math.Max(most, device.Marks);
            }
        profiler.Stop();
        TraceEvent[] kernels = [.. profiler.Events.Where(e => e.Kind == SpanKind.Kernel)];
        Assert.Equal(10_000, kernels.Length);
        Assert.InRange(most, 2 * 8000, 2 * 8192 + 1);
        Assert.All(kernels.Zip(kernels.Skip(1)), pair => Assert.InRange(pair.Second.Start - pair.First.End, 0, 1));
        Assert.InRange(kernels[^1].End - kernels[0].Start, 10_000 * _millisecond - 20_000, 10_000 * _millisecond + 20_000);
        Assert.Equal(0, device.Marks);
        x.Release();
    }

    // The host has waited for it, so that what came before is known.
    [Fact]
    public void ACopyToTheHostSettlesWhatCameBefore()
    {
        using var device = new ClockedDevice();
        DeviceBuffer x = device.Allocate(4);
        using var profiler = new Profiler();
        using (profiler.Watch(device))
        {
            device.Launch(new FillCall(x, 1f, 1));
            device.CopyFromHost(new byte[4], x);
            Assert.Equal(5, device.Marks);
            device.CopyToHost(x, new byte[4]);
            Assert.Equal(1, device.Marks);
            Assert.Equal(["fill", "copy_from_host", "copy_to_host"], profiler.Events.Where(e => e.IsOnDevice).Select(e => e.Name));
        }
        x.Release();
    }

    [Fact]
    public void ARecorderHasTheDevicesTimesToo()
    {
        using var device = new ClockedDevice();
        DeviceBuffer x = device.Allocate(4);
        var recorder = new CallRecorder();
        using (device.Observe(recorder))
            device.Launch(new FillCall(x, 1f, 1));
        Assert.Equal(0.001, Assert.Single(recorder.Calls).Seconds, 9);
        Assert.Equal("", recorder.Calls[0].Module);
        Assert.Empty(recorder.Calls[0].Inputs);
        Assert.Equal(0, device.Marks);
        x.Release();
    }

    /// <summary>Computes nothing; every launch and copy takes a millisecond of its clock.</summary>
    private sealed class ClockedDevice : IDevice
    {
        private readonly CountingDevice _counting = new();
        private readonly DeviceObservers _observers;
        private IDisposable? _ticks;
        private double _now = 17;

        public ClockedDevice() => _observers = new DeviceObservers(this);

        public int Marks { get; private set; }

        public string Name => "clock";

        public string Description => "a clock";

        public string Identity => Name;

        public Precision Precision => Precision.Fp32;

        public int PanelLanes => 0;

        public int LiveBuffers => _counting.LiveBuffers;

        public long LiveBytes => _counting.LiveBytes;

        public long PeakBytes => _counting.PeakBytes;

        public void Wait(double seconds) => _now += seconds;

        public void Launch<TCall>(in TCall call) where TCall : struct, IKernelCall<TCall> => _observers.Launch(in call, kernels: null);

        // The clock goes on inside of what all observers do.
        public IDisposable Observe(DeviceObserver observer)
        {
            _ticks?.Dispose();
            IDisposable told = _observers.Add(observer);
            _ticks = _observers.Add(new Ticks(this));
            return told;
        }

        public DeviceBuffer Allocate(long bytes) => _counting.Allocate(bytes);

        public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0)
        {
            _observers.BeforeCopy(HostCopy.FromHost, source.Length);
            _observers.AfterCopy(HostCopy.FromHost, source.Length);
        }

        public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0)
        {
            _observers.BeforeCopy(HostCopy.ToHost, destination.Length);
            _observers.AfterCopy(HostCopy.ToHost, destination.Length);
        }

        public void Synchronize()
        {
        }

        public DeviceMark? Mark()
        {
            Marks++;
            return new At(this, _now);
        }

        public void ResetPeak() => _counting.ResetPeak();

        public void Dispose() => _counting.Dispose();

        private sealed class At(ClockedDevice device, double time) : DeviceMark
        {
            private bool _disposed;

            public override double SecondsSince(DeviceMark earlier)
            {
                ObjectDisposedException.ThrowIf(_disposed || ((At)earlier)._disposed, this);
                return time - ((At)earlier).Time;
            }

            private double Time => time;

            public override void Dispose()
            {
                if (!_disposed)
                    device.Marks--;
                _disposed = true;
            }
        }

        private sealed class Ticks(ClockedDevice device) : DeviceObserver
        {
            public override void AfterLaunch<TCall>(in TCall call, IDevice of) => device.Wait(0.001);

            public override void AfterCopy(HostCopy direction, long bytes, IDevice of) => device.Wait(0.001);
        }
    }
}
