namespace SspNative.Kernels;

/// <summary>A place where tensors live and kernels run.</summary>
public interface IDevice : IDisposable
{
    /// <summary>How a user names it: <c>cpu</c>, <c>opencl:0</c>, <c>cuda:0</c>.</summary>
    string Name { get; }

    /// <summary>What it is, for reports: the processor, its instruction set, its threads.</summary>
    string Description { get; }

    /// <summary>What the bits of its results depend on, for the keys of caches: kernels, precision and hardware, but not the number of threads.</summary>
    string Identity { get; }

    /// <summary>The precision of products and of stored weights, chosen when the device was opened.</summary>
    Precision Precision { get; }

    /// <summary>Whether units for matrices multiply, which round their factors to the precision first.</summary>
    bool HasTensorCores => false;

    /// <summary>Rows of a panel of <see cref="DType.F32Panels"/>; 0 where products read every matrix as it is.</summary>
    int PanelLanes { get; }

    /// <summary>Runs a kernel, or queues it behind those that were launched before.</summary>
    void Launch<TCall>(in TCall call) where TCall : struct, IKernelCall<TCall>;

    /// <summary>Shows an observer everything that happens on the device until what is returned is disposed.</summary>
    IDisposable Observe(DeviceObserver observer);

    /// <summary>Uninitialised memory of at least the given size.</summary>
    DeviceBuffer Allocate(long bytes);

    void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0);

    void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0);

    /// <summary>Waits for every kernel launched so far.</summary>
    void Synchronize();

    /// <summary>Puts a mark behind all that was launched so far. Null on a device that computes while it launches, whose time is the host's.</summary>
    DeviceMark? Mark();

    /// <summary>Buffers that are allocated and not yet freed.</summary>
    int LiveBuffers { get; }

    /// <summary>Bytes in live buffers now, and the most there have been since <see cref="ResetPeak"/>.</summary>
    long LiveBytes { get; }

    long PeakBytes { get; }

    void ResetPeak();

    /// <summary>Gives the memory that is free, and kept for reuse, back to the system, if the device can: before work that needs less of it.</summary>
    void EmptyCache()
    {
    }
}
