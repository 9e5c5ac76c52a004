using ILGPU;
using ILGPU.Runtime;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// Blocks of a few large allocations: asking the driver for every tensor would wait for the device. A block that is freed may be given out at once,
/// since kernels run in the order in which they were launched.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="firstSlab">Bytes that are asked for first.</param>
internal sealed class GpuHeap(Accelerator accelerator, long firstSlab = 64 << 20) : IDisposable
{
    /// <summary>Blocks begin and end at multiples of this: what ILGPU assumes of every buffer.</summary>
    public const long Alignment = DeviceBuffer.ViewAlignment;

    private const long LargestSlab = 1 << 30;

    private readonly List<Slab> _slabs = [];

    /// <summary>What the driver gave.</summary>
    public long HeldBytes => _slabs.Sum(slab => slab.Memory.Length);

    private long FreeBytes => _slabs.Sum(slab => slab.Free.TotalSize);

    /// <summary>A block of at least so many bytes.</summary>
    /// <exception cref="OutOfMemoryException">The device has no more.</exception>
    public GpuBlock Allocate(long bytes)
    {
        long capacity = Rounded(bytes);
        foreach (Slab slab in _slabs)
            if (slab.Free.TryTake(capacity, out long offset))
                return new GpuBlock(slab, offset, capacity);
        Slab grown = Grow(capacity);
        grown.Free.TryTake(capacity, out long start);
        return new GpuBlock(grown, start, capacity);
    }

    /// <summary>What is taken for so many bytes.</summary>
    public static long Rounded(long bytes) => Math.Max(1, (bytes + Alignment - 1) / Alignment) * Alignment;

    public void Free(in GpuBlock block) => block.Slab.Free.Return(block.Offset, block.Capacity);

    /// <summary>Gives back slabs that are wholly free, and says whether there were any. The driver waits for kernels that still run.</summary>
    public bool ReleaseUnused()
    {
        Slab[] unused = [.. _slabs.Where(slab => slab.Free.TotalSize == slab.Memory.Length)];
        foreach (Slab slab in unused)
        {
            _slabs.Remove(slab);
            slab.Memory.Dispose();
        }
        return unused.Length > 0;
    }

    public void Dispose()
    {
        foreach (Slab slab in _slabs)
            slab.Memory.Dispose();
        _slabs.Clear();
    }

    private Slab Grow(long capacity)
    {
        // As much again as there is; if the device has less, what is needed; and then without the slabs that nobody uses.
        long wanted = Math.Max(capacity, Math.Clamp(HeldBytes, firstSlab, LargestSlab));
        Slab slab = TryAllocate(wanted) ?? (wanted > capacity ? TryAllocate(capacity) : null)
            ?? (ReleaseUnused() ? TryAllocate(capacity) : null)
            ?? throw new OutOfMemoryException(
                $"{accelerator.Name.Trim()} has no {capacity:N0} bytes for a tensor: "
                + $"of {accelerator.MemorySize:N0} it gave {HeldBytes:N0}, of which {FreeBytes:N0} are free in parts");
        _slabs.Add(slab);
        return slab;
    }

    // Null where the device has not so much.
    private Slab? TryAllocate(long size)
    {
        try
        {
            return new Slab(accelerator.Allocate1D<byte>(size));
        }
        catch (AcceleratorException e) when (DriverFault.IsMemory(e))
        {
            return null;
        }
    }

    internal sealed class Slab(MemoryBuffer1D<byte, Stride1D.Dense> memory)
    {
        public MemoryBuffer1D<byte, Stride1D.Dense> Memory { get; } = memory;

        public FreeRanges Free { get; } = new(memory.Length);
    }
}

/// <summary>A part of a slab.</summary>
internal readonly struct GpuBlock(GpuHeap.Slab slab, long offset, long capacity)
{
    public GpuHeap.Slab Slab => slab;

    public long Offset => offset;

    public long Capacity => capacity;

    public ArrayView<byte> View => slab.Memory.View.BaseView.SubView(offset, capacity);
}
