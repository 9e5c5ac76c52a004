using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// A pass as a list of launches over memory of its own. A CUDA device takes the list once, as a graph of its driver, and needs one call from then on; on
/// OpenCL, which has no graphs, the list is walked: operations, checks and memory are spared there too.
/// </summary>
internal sealed class GpuGraph : DeviceGraph
{
    // Bytes: small passes are recorded too.
    private const long FirstSlab = 1 << 20;

    private readonly GpuDevice _device;
    private readonly KernelCache _cache;
    private readonly AcceleratorStream _stream;
    private readonly GpuHeap _heap;
    private readonly List<Node> _nodes = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private CudaGraph? _driver;

    public GpuGraph(GpuDevice device, KernelCache cache)
    {
        (_device, _cache) = (device, cache);
        _stream = device.Queue.Stream;
        _heap = new GpuHeap(device.Queue.Accelerator, FirstSlab);
    }

    public override int Kernels => _nodes.Count;

    public override long HeldBytes => _heap.HeldBytes;

    /// <summary>Whether it is this thread whose launches are noted: others may use the device meanwhile.</summary>
    public bool IsOfThisThread => _thread == Environment.CurrentManagedThreadId;

    /// <summary>Memory of what the pass makes. What it frees may be given out again within it, and to nobody else.</summary>
    public GpuHeap Heap => _heap;

    /// <summary>Notes a launch.</summary>
    public void Add<TKernel>(in KernelConfig config, in TKernel kernel) where TKernel : struct, IGpuKernel => _nodes.Add(new Node<TKernel>(config, kernel));

    /// <summary>Hands the list to the driver, if it has graphs. Every kernel has been compiled.</summary>
    public void Complete()
    {
        if (_stream is CudaStream cuda)
            _driver = CudaGraph.Capture(cuda, Queue);
    }

    public override void Replay() => _device.Replay(this);

    /// <summary>Queues all launches; nobody else launches meanwhile.</summary>
    public void QueueAll()
    {
        if (_driver is not null)
            _driver.Launch();
        else
            Queue();
    }

    public override void Dispose()
    {
        try
        {
            _device.Synchronize();
        }
        catch (DeviceException)
        {
            // It was told where it happened, and a device that failed takes nothing back: that ends with the process.
            return;
        }
        _driver?.Dispose();
        _heap.Dispose();
    }

    private void Queue()
    {
        foreach (Node node in _nodes)
            node.Queue(_cache, _stream);
    }

    private abstract class Node
    {
        public abstract void Queue(KernelCache cache, AcceleratorStream stream);
    }

    private sealed class Node<TKernel>(KernelConfig config, TKernel kernel) : Node
        where TKernel : struct, IGpuKernel
    {
        private readonly TKernel _kernel = kernel;

        public override void Queue(KernelCache cache, AcceleratorStream stream) => cache.Launch(stream, config, in _kernel);
    }
}
