using System.Runtime.InteropServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Native memory in size classes, reused instead of returned to the system: a fresh large block costs a page fault per
/// page, more than the kernel that fills it. Blocks of 2 MB and more ask for huge pages. What is cached is given back
/// when live and cached memory together would exceed the most that was ever live.
/// </summary>
internal sealed unsafe partial class BufferPool : IDisposable
{
    private const long HugePage = 2 << 20;
    private const long AlwaysKept = 64 << 20;

    // Linux's numbers: PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, MADV_HUGEPAGE.
    private const int ReadWrite = 3, PrivateAnonymous = 0x22, HugePages = 14;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Stack<nint>> _free = [];
    private long _cachedBytes;
    private long _peakEver;

    public int LiveBuffers { get; private set; }

    public long LiveBytes { get; private set; }

    public long PeakBytes { get; private set; }

    public PooledBlock Rent(long bytes)
    {
        long capacity = SizeClass(bytes);
        lock (_lock)
        {
            LiveBuffers++;
            LiveBytes += capacity;
            PeakBytes = Math.Max(PeakBytes, LiveBytes);
            _peakEver = Math.Max(_peakEver, LiveBytes);
            if (_free.TryGetValue(capacity, out Stack<nint>? stack) && stack.TryPop(out nint cached))
            {
                _cachedBytes -= capacity;
                return new PooledBlock((void*)cached, capacity);
            }
            Trim(_peakEver + AlwaysKept);
        }
        return new PooledBlock(Map(capacity), capacity);
    }

    public void Return(void* pointer, long capacity)
    {
        lock (_lock)
        {
            LiveBuffers--;
            LiveBytes -= capacity;
            if (!_free.TryGetValue(capacity, out Stack<nint>? stack))
                _free[capacity] = stack = new Stack<nint>();
            stack.Push((nint)pointer);
            _cachedBytes += capacity;
        }
    }

    public void ResetPeak()
    {
        lock (_lock)
            PeakBytes = LiveBytes;
    }

    public void Dispose()
    {
        lock (_lock)
            Trim(0);
    }

    // 64-byte steps for small blocks, then eighths of a power of two: at most 12.5 % is wasted.
    private static long SizeClass(long bytes)
    {
        bytes = Math.Max(bytes, 64);
        long step = Math.Max(64, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bytes) / 16);
        return (bytes + step - 1) / step * step;
    }

    // Large blocks come from the system itself: the C library would keep what is freed for itself.
    private static void* Map(long capacity)
    {
        if (!IsMapped(capacity))
            return NativeMemory.AlignedAlloc((nuint)capacity, 64);
        nint slack = (nint)HugePage;
        nint start = MMap(0, (nuint)capacity + (nuint)slack, ReadWrite, PrivateAnonymous, -1, 0);
        if (start == -1)
            throw new OutOfMemoryException($"the system has no {capacity} bytes for a tensor");
        nint aligned = (start + slack - 1) & -slack;
        if (aligned > start)
            _ = MUnmap(start, (nuint)(aligned - start));
        if (start + slack > aligned)
            _ = MUnmap((nint)(aligned + capacity), (nuint)(start + slack - aligned));
        _ = MAdvise((void*)aligned, (nuint)capacity, HugePages);
        return (void*)aligned;
    }

    private static void Unmap(nint pointer, long capacity)
    {
        if (IsMapped(capacity))
            _ = MUnmap(pointer, (nuint)capacity);
        else
            NativeMemory.AlignedFree((void*)pointer);
    }

    private static bool IsMapped(long capacity) => capacity >= HugePage && OperatingSystem.IsLinux();

    private void Trim(long allowance)
    {
        foreach (long size in _free.Keys.Reverse().ToArray())
        {
            Stack<nint> stack = _free[size];
            while (LiveBytes + _cachedBytes > allowance && stack.TryPop(out nint p))
            {
                Unmap(p, size);
                _cachedBytes -= size;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);
}

/// <summary>A block of the pool and its true size.</summary>
internal readonly unsafe struct PooledBlock(void* pointer, long capacity)
{
    public void* Pointer { get; } = pointer;

    public long Capacity { get; } = capacity;
}
