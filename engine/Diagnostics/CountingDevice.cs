namespace SspNative.Engine.Diagnostics;

/// <summary>
/// A device without memory or arithmetic: it runs a model's code to count what it would cost. Floating-point operations are
/// those of matrix products, convolutions and attention (a multiply-add counts two); everything elementwise counts one an
/// element. What a model reads back to the host is zeros.
/// </summary>
public sealed class CountingDevice : IDevice
{
    public CountingDevice() => Kernels = new CountingKernels(this);

    public string Name => "counting";

    public string Description => "counts operations and bytes, computes nothing";

    public IKernels Kernels { get; }

    /// <summary>Floating-point operations so far.</summary>
    public double Flops { get; internal set; }

    public int LiveBuffers { get; private set; }

    public long LiveBytes { get; private set; }

    public long PeakBytes { get; private set; }

    public DeviceBuffer Allocate(long bytes)
    {
        LiveBuffers++;
        LiveBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        return new CountedBuffer(this, bytes);
    }

    public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0)
    {
    }

    public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0) => destination.Clear();

    public void Synchronize()
    {
    }

    public void ResetPeak() => PeakBytes = LiveBytes;

    public void Dispose()
    {
    }

    private sealed class CountedBuffer(CountingDevice device, long bytes) : DeviceBuffer(device, bytes)
    {
        protected override void Free()
        {
            device.LiveBuffers--;
            device.LiveBytes -= ByteLength;
        }
    }
}
