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

    private static void* Map(long capacity)
    {
        bool huge = capacity >= HugePage;
        void* p = NativeMemory.AlignedAlloc((nuint)capacity, (nuint)(huge ? HugePage : 64));
        if (huge && OperatingSystem.IsLinux())
            _ = MAdvise(p, (nuint)capacity, 14);
        return p;
    }

    private void Trim(long allowance)
    {
        foreach (long size in _free.Keys.Reverse().ToArray())
        {
            Stack<nint> stack = _free[size];
            while (LiveBytes + _cachedBytes > allowance && stack.TryPop(out nint p))
            {
                NativeMemory.AlignedFree((void*)p);
                _cachedBytes -= size;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);
}

/// <summary>A block of the pool and its true size.</summary>
internal readonly unsafe struct PooledBlock(void* pointer, long capacity)
{
    public void* Pointer { get; } = pointer;

    public long Capacity { get; } = capacity;
}
