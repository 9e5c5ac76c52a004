namespace SspNative.Kernels.Cpu;

/// <summary>Where the buffers of a <see cref="CpuDevice"/> come from.</summary>
internal interface ICpuMemory : IDisposable
{
    int LiveBuffers { get; }

    /// <summary>Bytes of live buffers, what they are rounded up to included.</summary>
    long LiveBytes { get; }

    long PeakBytes { get; }

    /// <summary>Bytes of live buffers and of what is kept for reuse.</summary>
    long HeldBytes { get; }

    /// <summary>Memory that is aligned to 64 bytes and may be used up to a multiple of them.</summary>
    PooledBlock Rent(long bytes);

    void Return(in PooledBlock block);

    void ResetPeak();

    /// <summary>Gives everything that is free back to the system.</summary>
    void Trim();
}

/// <summary>Kinds of memory.</summary>
public enum CpuMemory
{
    /// <summary>Reused, in huge pages.</summary>
    Pooled,

    /// <summary>
    /// Each buffer on pages of its own, its end at a page that must not be touched: what reads or writes beyond it ends the process, and what writes
    /// before it is found when the buffer is freed. Linux alone has it.
    /// </summary>
    GuardedEnd,

    /// <summary>The same with the forbidden page before the buffer.</summary>
    GuardedStart,
}

/// <summary>A block of memory, its true size and where it goes back to.</summary>
internal readonly unsafe struct PooledBlock(void* pointer, long capacity, bool isOfHeap)
{
    public void* Pointer { get; } = pointer;

    public long Capacity { get; } = capacity;

    public bool IsOfHeap { get; } = isOfHeap;
}
