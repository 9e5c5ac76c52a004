using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// A GPU, or what passes for one, as a device. Kernels are queued on one stream and run in the order of their launches; copies to the host wait for
/// them.
/// </summary>
public sealed class GpuDevice : IRecordingDevice, ILinkedDevice
{
    // Of a grid's second and third side, on CUDA.
    private const int MostRows = 65_535;

    private readonly GpuQueue _queue;
    private readonly HostUploads _uploads;
    private readonly ISet<Type>? _collected;
    private readonly GpuGuards? _guards;
    private readonly KernelCache _cache;
    private readonly GpuKernels _kernels;
    private readonly GpuHeap _heap;
    private readonly LiveMemory _live = new();
    private readonly DeviceObservers _observers;
    private readonly Lock _memory = new();
    private readonly GpuBuffer _absent;
    private readonly bool _graphs;
    private GpuGraph? _recording;
    private bool _isDisposed;

    /// <param name="name">The name by which it is asked for.</param>
    /// <param name="accelerator">The device's own from here on.</param>
    /// <param name="precision">The precision of products.</param>
    /// <param name="emulatesTensorCores">Whether kernels for tensor cores run by definition; for tests.</param>
    /// <param name="collected">If given: kernels are not run but put in here, as CUDA would run them.</param>
    /// <param name="guarded">Whether memory is filled and looked at: <see cref="Damage"/>.</param>
    /// <param name="graphs">Whether passes may be recorded.</param>
    internal GpuDevice(
        string name, Accelerator accelerator, Precision precision, bool emulatesTensorCores = false, ISet<Type>? collected = null, bool guarded = false,
        bool graphs = false)
    {
        _graphs = graphs && collected is null && !guarded;
        (Name, Precision) = (name, precision);
        TensorCores = precision == Precision.Fp32 ? TensorCoreKind.None
            : collected is not null || accelerator is CudaAccelerator ? TensorCoreKind.Cuda
            : emulatesTensorCores ? TensorCoreKind.Emulated
            : TensorCoreKind.None;
        _collected = collected;
        Hardware = accelerator.Name.Trim();
        _queue = new GpuQueue(accelerator, Description);
        _uploads = new HostUploads(accelerator, _queue.Stream);
        _guards = guarded ? new GpuGuards(_queue.Stream) : null;
        _cache = new KernelCache(accelerator);
        _heap = new GpuHeap(accelerator);
        _observers = new DeviceObservers(this);
        _kernels = new GpuKernels(this);
        _absent = new GpuBuffer(this, _heap.Allocate(GpuHeap.Alignment), 0);
    }

    public string Name { get; }

    public string Description => $"{Name} ({Hardware}{(Precision == Precision.Fp32 ? "" : $", {Precision.Name()}")})";

    public string Identity =>
        $"{Name.Split(':')[0]} ({Hardware}, {Precision.Name()}) {typeof(GpuKernels).Module.ModuleVersionId}";

    // The driver's name for it.
    private string Hardware { get; }

    public Precision Precision { get; }

    public bool HasTensorCores => TensorCores != TensorCoreKind.None;

    public int PanelLanes => 0;

    public int LiveBuffers => _live.Buffers;

    public long LiveBytes => _live.Bytes;

    public long PeakBytes => _live.PeakBytes;

    /// <summary>All that runs goes through it.</summary>
    internal GpuQueue Queue => _queue;

    /// <summary>
    /// Of a guarded device: writes past the end of buffers, each found when the buffer was freed. Its memory begins as NaN, which shows where a kernel
    /// reads what nobody wrote.
    /// </summary>
    public IReadOnlyList<string> Damage => _guards?.Damage ?? [];

    /// <summary>Page-locked memory in which copies to the device wait.</summary>
    internal long StagingBytes => _uploads.HeldBytes;

    /// <summary>Kernels queued so far.</summary>
    internal long KernelsRun { get; private set; }

    /// <summary>Bytes of shared memory that a group may have.</summary>
    internal int SharedBytes => _collected is null ? _queue.Accelerator.MaxSharedMemoryPerGroup : 48 << 10;

    /// <summary>What runs groups at the same time.</summary>
    internal int Multiprocessors => _queue.Accelerator.NumMultiprocessors;

    /// <summary>Whether threads come in warps whose lanes can exchange registers.</summary>
    internal bool HasWarps => _collected is not null || _queue.Accelerator is CudaAccelerator;

    /// <summary>What its products are made by.</summary>
    internal TensorCoreKind TensorCores { get; }

    /// <summary>What stands for an operand that is not there; a kernel must not read it.</summary>
    internal DeviceBuffer Absent => _absent;

    public void Launch<TCall>(in TCall call)
        where TCall : struct, IKernelCall<TCall>
    {
        try
        {
            if (_observers.IsEmpty)
                Unsafe.AsRef(in call).Run(_kernels);
            else
                _observers.Launch(in call, _kernels);
        }
        catch (OutOfMemoryException e)
        {
            throw new OutOfMemoryException($"{TCall.Name} needs memory to work in: {e.Message}", e);
        }
        catch (OverflowException e)
        {
            // Kernels count elements and threads in 31 bits.
            throw new DeviceException($"{TCall.Name}: more than 2³¹ elements in one call: {Name} takes fewer frames or a smaller picture at once", e);
        }
    }

    public bool Records => _graphs && _observers.IsEmpty && _recording is null;

    public DeviceGraph Record(Action pass)
    {
        if (!Records)
            throw new InvalidOperationException($"{Name} was not opened with graphs, is observed, or records already");
        var graph = new GpuGraph(this, _cache);
        try
        {
            _recording = graph;
            try
            {
                pass();
            }
            finally
            {
                _recording = null;
            }
            _queue.Do(graph.Complete);
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Queues a recorded pass.</summary>
    internal void Replay(GpuGraph graph) => _queue.Do(() =>
    {
        KernelsRun += graph.Kernels;
        graph.QueueAll();
    });

    public string? LinkAddress =>
        _collected is null && _queue.Accelerator is CudaAccelerator cuda && NcclLink.IsWanted && NcclLink.IsHere
            ? $"{Environment.MachineName} {cuda.NVMLPCIBusId}"
            : null;

    public byte[] NewLink() => NcclLink.IsHere ? NcclLink.NewName() : throw HasNoLink();

    public IPeerLink Link(byte[] link, int peer, int peers) => _queue.Accelerator is CudaAccelerator cuda && NcclLink.IsHere
        ? _queue.Do(() => NcclLink.Join(this, (CudaStream)_queue.Stream, cuda.DeviceId, link, peer, peers))
        : throw HasNoLink();

    private InvalidOperationException HasNoLink() => new($"{Name} has no link: it is no CUDA device, or libnccl.so.2 is not here");

    public IDisposable Observe(DeviceObserver observer) => _observers.Add(observer);

    public DeviceBuffer Allocate(long bytes)
    {
        GpuBlock block;
        try
        {
            lock (_memory)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                block = Recording is { } graph ? AllocateIn(graph, bytes) : _heap.Allocate(bytes + (_guards is null ? 0 : GpuGuards.Bytes));
                _live.Add(block.Capacity);
            }
        }
        catch (AcceleratorException e)
        {
            throw _queue.Fault(e);
        }
        if (_guards is not null)
            using (_queue.Enter())
                _guards.Fill(in block);
        _observers.MemoryChanged(bytes);
        return new GpuBuffer(this, in block, bytes);
    }

    public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0)
    {
        RefuseRecording();
        _observers.BeforeCopy(HostCopy.FromHost, source.Length);
        try
        {
            if (source.Length > 0)
                using (_queue.Enter())
                    Upload(source, GpuBuffer.Block(destination), destinationByteOffset);
        }
        catch (AcceleratorException e)
        {
            throw _queue.Fault(e);
        }
        _observers.AfterCopy(HostCopy.FromHost, source.Length);
    }

    public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0)
    {
        RefuseRecording();
        _observers.BeforeCopy(HostCopy.ToHost, destination.Length);
        try
        {
            if (destination.Length > 0)
                using (_queue.Enter())
                    GpuBuffer.Bytes(source).SubView(sourceByteOffset, destination.Length).CopyToCPU(_queue.Stream, destination);
        }
        catch (AcceleratorException e)
        {
            throw _queue.Fault(e);
        }
        _observers.AfterCopy(HostCopy.ToHost, destination.Length);
    }

    public void Synchronize() => _queue.Do(_queue.Stream.Synchronize);

    public DeviceMark? Mark() => _queue.Accelerator.Context.Properties.EnableProfiling
        ? _queue.Do(() => new GpuMark(_queue.Stream.AddProfilingMarker()))
        : null;

    public void ResetPeak()
    {
        lock (_memory)
            _live.ResetPeak();
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        // A failure was told where it happened, and whoever gives memory back to a device that failed is refused: that ends with the process.
        if (!_queue.TryFinish())
            return;
        _uploads.Dispose();
        _heap.Dispose();
        _queue.Dispose();
    }

    /// <summary>Queues a kernel in so many groups.</summary>
    internal void Run<TKernel>(in TKernel kernel, long x, int y = 1, int z = 1) where TKernel : struct, IGpuKernel
    {
        if (x == 0 || y == 0 || z == 0)
            return;
        using (_queue.Enter())
        {
            KernelsRun += Recording is null ? 1 : 0;
            if (_collected is not null)
                _collected.Add(typeof(TKernel));
            else
                Enqueue(in kernel, x, y, z);
        }
    }

    private void Enqueue<TKernel>(in TKernel kernel, long x, int y, int z) where TKernel : struct, IGpuKernel
    {
        if (HasWarps && (y > MostRows || z > MostRows))
            throw new DeviceException(
                $"{KernelCache.NameOf(typeof(TKernel))} needs {y} × {z} groups beside each other, and a CUDA device runs at most {MostRows:N0}: "
                + "compute fewer rows at once");
        var config = new KernelConfig(new Index3D(checked((int)x), y, z), new Index3D(TKernel.GroupSize, 1, 1));
        if (Recording is { } recording)
        {
            recording.Add(in config, in kernel);
            return;
        }
        try
        {
            _cache.Launch(_queue.Stream, in config, in kernel);
        }
        catch (AcceleratorException e)
        {
            throw _queue.Fault(e);
        }
    }

    // The passes before a recording have left their memory free.
    private GpuBlock AllocateIn(GpuGraph graph, long bytes)
    {
        try
        {
            return graph.Heap.Allocate(bytes);
        }
        catch (OutOfMemoryException) when (_heap.ReleaseUnused())
        {
            return graph.Heap.Allocate(bytes);
        }
    }

    // The graph that this thread records.
    private GpuGraph? Recording => _recording is { IsOfThisThread: true } graph ? graph : null;

    private void RefuseRecording()
    {
        if (Recording is not null)
            throw new InvalidOperationException(
                "a pass that is recorded copies nothing between host and device: what is copied would be the same in every replay");
    }

    private void Upload(ReadOnlySpan<byte> source, in GpuBlock destination, long offset)
    {
        // Of what is not run nothing is kept waiting.
        if (_collected is not null)
            destination.View.SubView(offset, source.Length).CopyFromCPU(_queue.Stream, source);
        else
            _uploads.Copy(source, in destination, offset);
    }

    internal void Free(in GpuBlock block, long bytes)
    {
        if (_guards is not null && !_isDisposed)
            using (_queue.Enter())
                _guards.Check(in block, bytes);
        lock (_memory)
        {
            if (_isDisposed)
                return;
            _heap.Free(in block);
            _live.Remove(block.Capacity);
        }
        _observers.MemoryChanged(-bytes);
    }
}
