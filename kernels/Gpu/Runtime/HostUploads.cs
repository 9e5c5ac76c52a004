using ILGPU.Runtime;

namespace SspNative.Kernels.Gpu;

/// <summary>Copies from host to device. They wait in page-locked memory, while the host goes on.</summary>
internal sealed class HostUploads(Accelerator accelerator, AcceleratorStream stream) : IDisposable
{
    // Bytes. Most copies are short lists, of which a step makes dozens in a row; weights and images are large.
    private const int SmallCopy = 32 << 10, LargeCopy = 4 << 20;

    // As many may wait for the device at once.
    private const int SmallCopies = 256, LargeCopies = 4;

    private readonly PinnedRing _small = new(accelerator, stream, SmallCopies, SmallCopy), _large = new(accelerator, stream, LargeCopies, LargeCopy);

    /// <summary>The most page-locked memory that is held.</summary>
    public const long MostBytes = SmallCopies * SmallCopy + LargeCopies * LargeCopy;

    /// <summary>Page-locked memory.</summary>
    public long HeldBytes => _small.HeldBytes + _large.HeldBytes;

    /// <summary>Queues a copy. The source may be reused at once.</summary>
    /// <param name="source">What to copy.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="offset">From this byte of it on.</param>
    public void Copy(ReadOnlySpan<byte> source, in GpuBlock destination, long offset) =>
        (source.Length <= SmallCopy ? _small : _large).Copy(source, in destination, offset);

    /// <summary>Nothing may wait any more.</summary>
    public void Dispose()
    {
        _small.Dispose();
        _large.Dispose();
    }
}
