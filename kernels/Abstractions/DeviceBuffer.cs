namespace SspNative.Kernels;

/// <summary>
/// A reference-counted block of device memory. It starts with one reference; the memory goes back to its device's pool
/// when the last is released, never by garbage collection. Its capacity is padded to a whole vector, so kernels over a
/// whole buffer may read and write up to the next multiple of 64 bytes.
/// </summary>
public abstract class DeviceBuffer
{
    private readonly DeviceBuffer? _whole;
    private int _references = 1;

    /// <param name="device">Where it lies.</param>
    /// <param name="byteLength">Bytes.</param>
    /// <param name="whole">The buffer that it is a part of, which lives as long; null: it has memory of its own.</param>
    protected DeviceBuffer(IDevice device, long byteLength, DeviceBuffer? whole = null)
    {
        whole?.Retain();
        (Device, ByteLength, _whole) = (device, byteLength, whole);
    }

    /// <summary>Views begin and end at multiples of so many bytes.</summary>
    public const int ViewAlignment = 256;

    public IDevice Device { get; }

    /// <summary>Requested size in bytes (the capacity may be larger).</summary>
    public long ByteLength { get; }

    /// <summary>Adds a reference.</summary>
    public void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
            throw new ObjectDisposedException(nameof(DeviceBuffer), "the buffer was freed already: keep it in its TensorScope");
    }

    /// <summary>Drops a reference and frees the memory with the last one.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            Free();
            _whole?.Release();
        }
        else if (left < 0)
            throw new ObjectDisposedException(nameof(DeviceBuffer), "a buffer was released more often than it was retained");
    }

    /// <summary>Some bytes of the buffer as a buffer, which keeps the whole alive. What is written to one is read from the other.</summary>
    /// <param name="offset">First byte: a multiple of <see cref="ViewAlignment"/>.</param>
    /// <param name="bytes">How many: a multiple of it, or all that follow.</param>
    /// <exception cref="ArgumentException">The buffer has no such bytes.</exception>
    public DeviceBuffer View(long offset, long bytes)
    {
        long end = offset + bytes;
        if (offset < 0 || bytes < 0 || offset % ViewAlignment != 0 || end > ByteLength || (bytes % ViewAlignment != 0 && end != ByteLength))
            throw new ArgumentException(
                $"bytes {offset} to {end} are no view of a buffer of {ByteLength}: a view begins and ends at multiples of {ViewAlignment}, or at the end");
        return Part(offset, bytes);
    }

    /// <summary>Whether its memory is another buffer's.</summary>
    protected bool IsView => _whole is not null;

    /// <summary>Makes a view, whose <paramref name="offset"/> and <paramref name="bytes"/> are known to fit.</summary>
    protected abstract DeviceBuffer Part(long offset, long bytes);

    /// <summary>Gives up the memory, if it is its own; nobody uses the buffer any more.</summary>
    protected abstract void Free();
}
