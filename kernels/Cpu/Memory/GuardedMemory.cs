using static SspNative.Kernels.Cpu.SystemMemory;

namespace SspNative.Kernels.Cpu;

/// <summary>Buffers between forbidden pages; see <see cref="CpuMemory.GuardedEnd"/>. What is left of a buffer's own pages holds a pattern.</summary>
internal sealed unsafe class GuardedMemory : ICpuMemory
{
    // Kernels over a whole buffer may use it up to a multiple of a vector.
    private const long Vector = 64;

    private const byte Pattern = 0xA5;

    private readonly Lock _lock = new();
    private readonly LiveMemory _live = new();
    private readonly bool _atEnd;

    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public GuardedMemory(bool atEnd)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("guarded memory needs Linux");
        _atEnd = atEnd;
    }

    public int LiveBuffers => _live.Buffers;

    public long LiveBytes => _live.Bytes;

    public long PeakBytes => _live.PeakBytes;

    public long HeldBytes => LiveBytes;

    private static long Page => Environment.SystemPageSize;

    public PooledBlock Rent(long bytes)
    {
        long capacity = MemoryHeap.RoundUp(Math.Max(bytes, 1), Vector), pages = MemoryHeap.RoundUp(capacity, Page);
        nint mapping = MMap(0, (nuint)(pages + 2 * Page), NoAccess, PrivateUnreserved, -1, 0);
        if (mapping == -1 || MProtect(mapping + (nint)Page, (nuint)pages, ReadWrite) != 0)
            throw new OutOfMemoryException($"the system has no pages for {capacity} bytes");
        byte* start = (byte*)mapping + Page, pointer = _atEnd ? start + pages - capacity : start;
        new Span<byte>(start, checked((int)pages)).Fill(Pattern);
        lock (_lock)
        {
            _live.Add(capacity);
        }
        return new PooledBlock(pointer, capacity, isOfHeap: false);
    }

    /// <exception cref="InvalidOperationException">Something was written beside the buffer.</exception>
    public void Return(in PooledBlock block)
    {
        long pages = MemoryHeap.RoundUp(block.Capacity, Page), spare = pages - block.Capacity;
        byte* pointer = (byte*)block.Pointer, start = _atEnd ? pointer - spare : pointer;
        long damaged = new ReadOnlySpan<byte>(_atEnd ? start : start + block.Capacity, (int)spare).IndexOfAnyExcept(Pattern);
        _ = MUnmap((nint)start - (nint)Page, (nuint)(pages + 2 * Page));
        lock (_lock)
        {
            _live.Remove(block.Capacity);
        }
        if (damaged >= 0)
            throw new InvalidOperationException(
                $"something was written {(_atEnd ? $"{spare - damaged} bytes before" : $"{damaged} bytes beyond the end of")} "
                + $"a buffer of {block.Capacity} bytes");
    }

    // Nothing is kept.
    public void Trim()
    {
    }

    public void ResetPeak()
    {
        lock (_lock)
            _live.ResetPeak();
    }

    public void Dispose()
    {
    }
}
