namespace SspNative.Engine.Diagnostics;

/// <summary>
/// A device that times every kernel of another one, waiting for each to finish, and notes live memory. What it computes is what the other
/// computes, bit for bit. Tensors of the two do not mix.
/// </summary>
public sealed class ProfilingDevice : IDevice
{
    private readonly IDevice _inner;
    private readonly Profiler _profiler;
    private readonly ProfilingKernels _kernels;
    private readonly Lock _lock = new();

    /// <param name="inner">Where it is computed; stays the caller's.</param>
    /// <param name="profiler">What is told; once it has stopped, the device goes on untimed.</param>
    public ProfilingDevice(IDevice inner, Profiler profiler)
    {
        _inner = inner;
        _profiler = profiler;
        _kernels = new ProfilingKernels(inner, profiler);
    }

    public string Name => _inner.Name;

    public string Description => _inner.Description;

    public IKernels Kernels => _kernels;

    public int LiveBuffers { get; private set; }

    public long LiveBytes { get; private set; }

    public long PeakBytes { get; private set; }

    public DeviceBuffer Allocate(long bytes)
    {
        var buffer = new ProfiledBuffer(this, _inner.Allocate(bytes), bytes);
        Count(1, bytes);
        return buffer;
    }

    public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0)
    {
        using ProfilingKernels.Call call = _kernels.Begin(source.Length, isOp: true);
        _inner.CopyFromHost(source, ProfiledBuffer.Inner(destination), destinationByteOffset);
    }

    public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0)
    {
        using ProfilingKernels.Call call = _kernels.Begin(destination.Length, isOp: true);
        _inner.CopyToHost(ProfiledBuffer.Inner(source), destination, sourceByteOffset);
    }

    public void Synchronize() => _inner.Synchronize();

    public void ResetPeak()
    {
        lock (_lock)
            PeakBytes = LiveBytes;
    }

    public void Dispose() => _kernels.Dispose();

    private void Count(int buffers, long bytes)
    {
        lock (_lock)
        {
            LiveBuffers += buffers;
            LiveBytes += bytes;
            PeakBytes = Math.Max(PeakBytes, LiveBytes);
            _profiler.AddMemory(LiveBytes);
        }
    }

    /// <summary>A buffer of the other device under the name of this one.</summary>
    internal sealed class ProfiledBuffer(ProfilingDevice device, DeviceBuffer inner, long bytes) : DeviceBuffer(device, bytes)
    {
        private readonly DeviceBuffer _inner = inner;

        public static DeviceBuffer Inner(DeviceBuffer buffer) => ((ProfiledBuffer)buffer)._inner;

        protected override void Free()
        {
            _inner.Release();
            device.Count(-1, -ByteLength);
        }
    }
}
