using static SspNative.Kernels.Cpu.SystemMemory;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Large blocks side by side in one reserved range of addresses. Free neighbours join, so that maps of many sizes take turns in the same memory
/// and hardly more is held than lives at once; and all of it lies in huge pages, which blocks of less than 2 MB share.
/// </summary>
internal sealed unsafe class MemoryHeap : IDisposable
{
    private const long Page = 4 << 10, HugePage = 2 << 20, GrowthStep = 32 << 20;
    private const long MostReserved = 1L << 38, LeastReserved = 1L << 32;

    private readonly nint _mapping;
    private readonly long _mapped;
    private readonly nint _start;
    private readonly long _size;

    // By address; no two of them touch.
    private readonly List<FreeRange> _free = [];
    private long _usable;

    private MemoryHeap(nint mapping, long mapped)
    {
        (_mapping, _mapped) = (mapping, mapped);
        _start = (nint)RoundUp(mapping, HugePage);
        _size = mapped - (_start - mapping);
    }

    /// <summary>Bytes of free ranges that the system may still hold memory for, at most.</summary>
    public long FreeResidentBytes { get; private set; }

    /// <summary>Whether no block is out.</summary>
    public bool IsUnused => _usable == 0 || (_free.Count == 1 && _free[0].Size == _usable);

    /// <summary>Reserves addresses, which takes no memory; null where the system grants none, or is not Linux.</summary>
    public static MemoryHeap? Reserve()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        for (long bytes = MostReserved; bytes >= LeastReserved; bytes /= 2)
        {
            nint mapping = MMap(0, (nuint)bytes, NoAccess, PrivateUnreserved, -1, 0);
            if (mapping != -1)
                return new MemoryHeap(mapping, bytes);
        }
        return null;
    }

    /// <summary>What a block of so many bytes takes.</summary>
    public static long Capacity(long bytes) => RoundUp(bytes, Page);

    /// <summary>The smallest free range that holds the block, the lowest of equal ones; new memory if there is none.</summary>
    /// <param name="capacity">As <see cref="Capacity"/> says.</param>
    /// <exception cref="OutOfMemoryException">The reserved addresses or the system's memory are used up.</exception>
    public void* Allocate(long capacity)
    {
        int best = -1;
        for (int i = 0; i < _free.Count; i++)
            if (_free[i].Size >= capacity && (best < 0 || _free[i].Size < _free[best].Size))
                best = i;
        if (best < 0)
        {
            Grow(capacity);
            best = _free.Count - 1;
        }
        FreeRange range = _free[best];
        long rest = range.Size - capacity, resident = Math.Min(range.Resident, rest);
        FreeResidentBytes += resident - range.Resident;
        if (rest == 0)
            _free.RemoveAt(best);
        else
            _free[best] = new FreeRange(range.Offset + capacity, rest, resident);
        return (void*)(_start + (nint)range.Offset);
    }

    public void Free(void* pointer, long capacity) => Join(new FreeRange((nint)pointer - _start, capacity, capacity));

    /// <summary>
    /// Gives memory of free ranges back to the system, from the ends of the largest, until so many bytes are given or none are left. Blocks are taken from
    /// the fronts: what is taken next is what stays.
    /// </summary>
    public void Release(long bytes)
    {
        while (bytes > 0)
        {
            int largest = -1;
            for (int i = 0; i < _free.Count; i++)
                if (_free[i].Releasable > 0 && (largest < 0 || _free[i].Resident > _free[largest].Resident))
                    largest = i;
            if (largest < 0)
                return;
            FreeRange range = _free[largest];
            long first = RoundUp(range.Offset, HugePage), end = RoundDown(range.End, HugePage), tail = range.End - end;
            long from = Math.Max(first, RoundDown(range.Offset + range.Resident - tail - bytes, HugePage));
            _ = MAdvise(_start + (nint)from, (nuint)(end - from), NotNeeded);
            long left = Math.Min(range.Resident, from - range.Offset + tail);
            FreeResidentBytes -= range.Resident - left;
            bytes -= range.Resident - left;
            _free[largest] = range with { Resident = left, IsReleased = from == first };
        }
    }

    public void Dispose() => _ = MUnmap(_mapping, (nuint)_mapped);

    internal static long RoundUp(long bytes, long unit) => (bytes + unit - 1) / unit * unit;

    private static long RoundDown(long bytes, long unit) => bytes / unit * unit;

    // Makes the last free range large enough.
    private void Grow(long capacity)
    {
        bool endsFree = _free.Count > 0 && _free[^1].End == _usable;
        long missing = capacity - (endsFree ? _free[^1].Size : 0), step = Math.Min(RoundUp(missing, GrowthStep), RoundDown(_size - _usable, HugePage));
        if (step < missing || MProtect(_start + (nint)_usable, (nuint)step, ReadWrite) != 0)
            throw new OutOfMemoryException($"the system has no {capacity} bytes for a tensor");
        _ = MAdvise(_start + (nint)_usable, (nuint)step, HugePages);
        long offset = _usable;
        _usable += step;
        Join(new FreeRange(offset, step, 0));
    }

    private void Join(FreeRange range)
    {
        FreeResidentBytes += range.Resident;
        int low = 0, high = _free.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _free[middle].Offset < range.Offset ? (middle + 1, high) : (low, middle);
        }
        if (low < _free.Count && range.End == _free[low].Offset)
        {
            range = range.With(_free[low]);
            _free.RemoveAt(low);
        }
        if (low > 0 && _free[low - 1].End == range.Offset)
            _free[low - 1] = _free[low - 1].With(range);
        else
            _free.Insert(low, range);
    }

    /// <param name="Offset">From the heap's start.</param>
    /// <param name="Size">In bytes.</param>
    /// <param name="Resident">How much of it the system may hold memory for, at most.</param>
    /// <param name="IsReleased">Nothing was freed into it since its huge pages were given back.</param>
    private readonly record struct FreeRange(long Offset, long Size, long Resident, bool IsReleased = false)
    {
        public long End => Offset + Size;

        /// <summary>Bytes that giving back its whole huge pages would free; parts of such pages stay, as they would come back as small pages.</summary>
        public long Releasable => IsReleased ? 0 : Math.Min(Resident, RoundDown(End, HugePage) - RoundUp(Offset, HugePage));

        public FreeRange With(FreeRange next) => new(Offset, Size + next.Size, Resident + next.Resident, IsReleased && next.IsReleased);
    }
}
