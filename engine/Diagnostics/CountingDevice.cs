namespace SspNative.Engine.Diagnostics;

/// <summary>
/// A device without memory or arithmetic: it runs a model's code to add up what its kernels would cost. What a model reads back to the host is zeros.
/// </summary>
public sealed class CountingDevice : IDevice
{
    private readonly DeviceObservers _observers;
    private readonly LiveMemory _live = new();

    /// <param name="precision">The precision in which models hold their weights on it.</param>
    public CountingDevice(Precision precision = Precision.Fp32) => (Precision, _observers) = (precision, new DeviceObservers(this));

    public string Name => "counting";

    public string Description => "counts operations and bytes, computes nothing";

    public string Identity => Name;

    public Precision Precision { get; }

    public int PanelLanes => 0;

    /// <summary>The cost of all kernels so far.</summary>
    public Cost Cost { get; private set; }

    public int LiveBuffers => _live.Buffers;

    public long LiveBytes => _live.Bytes;

    public long PeakBytes => _live.PeakBytes;

    public void Launch<TCall>(in TCall call)
        where TCall : struct, IKernelCall<TCall>
    {
        Cost += call.Cost;
        if (!_observers.IsEmpty)
            _observers.Launch(in call, kernels: null);
    }

    public IDisposable Observe(DeviceObserver observer) => _observers.Add(observer);

    public DeviceBuffer Allocate(long bytes)
    {
        _live.Add(bytes);
        _observers.MemoryChanged(bytes);
        return new CountedBuffer(this, bytes);
    }

    public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0)
    {
        _observers.BeforeCopy(HostCopy.FromHost, source.Length);
        _observers.AfterCopy(HostCopy.FromHost, source.Length);
    }

    public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0)
    {
        _observers.BeforeCopy(HostCopy.ToHost, destination.Length);
        destination.Clear();
        _observers.AfterCopy(HostCopy.ToHost, destination.Length);
    }

    public void Synchronize()
    {
    }

    public DeviceMark? Mark() => null;

    public void ResetPeak() => _live.ResetPeak();

    public void Dispose()
    {
    }

    private sealed class CountedBuffer(CountingDevice device, long bytes, CountedBuffer? whole = null) : DeviceBuffer(device, bytes, whole)
    {
        protected override DeviceBuffer Part(long offset, long bytes) => new CountedBuffer(device, bytes, this);

        protected override void Free()
        {
            if (IsView)
                return;
            device._live.Remove(ByteLength);
            device._observers.MemoryChanged(-ByteLength);
        }
    }
}
