using System.Runtime.InteropServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Native memory, reused instead of returned to the system: fresh memory costs a page fault per page, more than the kernel that fills it. Large
/// blocks share one <see cref="MemoryHeap"/>, small ones are kept in size classes. What is free is given back when live and free memory
/// together would exceed the most that was ever live by more than a little: without that little, a training that works close to its most gave back
/// and fetched again 10 GB a step, a fifth of its time.
/// </summary>
internal sealed unsafe class BufferPool : ICpuMemory
{
    private const long FromHeap = 64 << 10;
    private const long AlwaysKept = 8 << 20;
    private const int KeptShare = 16;

    private readonly Lock _lock = new();
    private readonly LiveMemory _live = new();
    private readonly SortedDictionary<long, Stack<nint>> _free = [];
    private MemoryHeap? _heap;
    private long _cachedBytes;
    private long _peakEver;

    public int LiveBuffers => _live.Buffers;

    public long LiveBytes => _live.Bytes;

    public long PeakBytes => _live.PeakBytes;

    public long HeldBytes
    {
        get
        {
            lock (_lock)
                return LiveBytes + FreeBytes;
        }
    }

    private long FreeBytes => _cachedBytes + (_heap?.FreeResidentBytes ?? 0);

    public PooledBlock Rent(long bytes)
    {
        lock (_lock)
        {
            bool large = bytes >= FromHeap && (_heap ??= MemoryHeap.Reserve()) is not null;
            long capacity = large ? MemoryHeap.Capacity(bytes) : SizeClass(bytes);
            void* pointer = large ? _heap!.Allocate(capacity) : RentSmall(capacity);
            _live.Add(capacity);
            _peakEver = Math.Max(_peakEver, LiveBytes);
            Trim(_peakEver + _peakEver / KeptShare + AlwaysKept);
            return new PooledBlock(pointer, capacity, large);
        }
    }

    public void Return(in PooledBlock block)
    {
        lock (_lock)
        {
            _live.Remove(block.Capacity);
            if (block.IsOfHeap)
            {
                _heap!.Free(block.Pointer, block.Capacity);
                return;
            }
            if (!_free.TryGetValue(block.Capacity, out Stack<nint>? stack))
                _free[block.Capacity] = stack = new Stack<nint>();
            stack.Push((nint)block.Pointer);
            _cachedBytes += block.Capacity;
        }
    }

    public void ResetPeak()
    {
        lock (_lock)
            _live.ResetPeak();
    }

    public void Trim()
    {
        lock (_lock)
        {
            Trim(0);
            // What comes next keeps no more than its own most.
            _peakEver = LiveBytes;
        }
    }

    /// <summary>Gives everything that is free back to the system; the pool may be used on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Trim(0);
            if (_heap is not { IsUnused: true })
                return;
            _heap.Dispose();
            _heap = null;
        }
    }

    // 64-byte steps for small blocks, then eighths of a power of two: at most 12.5 % is wasted.
    private static long SizeClass(long bytes)
    {
        bytes = Math.Max(bytes, 64);
        long step = Math.Max(64, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bytes) / 16);
        return (bytes + step - 1) / step * step;
    }

    private void* RentSmall(long capacity)
    {
        if (!_free.TryGetValue(capacity, out Stack<nint>? stack) || !stack.TryPop(out nint cached))
            return NativeMemory.AlignedAlloc((nuint)capacity, 64);
        _cachedBytes -= capacity;
        return (void*)cached;
    }

    private void Trim(long allowance)
    {
        long excess = LiveBytes + FreeBytes - allowance;
        if (excess <= 0)
            return;
        _heap?.Release(excess);
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
}
