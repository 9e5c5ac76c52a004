namespace SspNative.Kernels;

/// <summary>
/// A reference-counted block of device memory. It starts with one reference; the memory goes back to its device's pool
/// when the last is released, never by garbage collection. Its capacity is padded to a whole vector, so kernels over a
/// whole buffer may read and write up to the next multiple of 64 bytes.
/// </summary>
public abstract class DeviceBuffer(IDevice device, long byteLength)
{
    private int _references = 1;

    /// <summary>Views begin and end at multiples of so many bytes.</summary>
    public const int ViewAlignment = 256;

    public IDevice Device { get; } = device;

    /// <summary>Requested size in bytes (the capacity may be larger).</summary>
    public long ByteLength { get; } = byteLength;

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
            Free();
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
            throw new ArgumentException($"bytes {offset} to {end} are no view of a buffer of {ByteLength}: a view begins and ends at multiples of {ViewAlignment}, or at the end");
        return Part(offset, bytes);
    }

    protected abstract DeviceBuffer Part(long offset, long bytes);

    protected abstract void Free();
}
