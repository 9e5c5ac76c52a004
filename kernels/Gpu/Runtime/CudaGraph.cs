using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// A graph of CUDA's driver: what was queued on a stream while it was captured, launched by one call. ILGPU has none of these functions. Sources: CUDA
/// Driver API, "Stream Management" and "Graph Management".
/// </summary>
internal sealed class CudaGraph : IDisposable
{
    // Other threads may ask the driver for memory meanwhile.
    private const int ThreadLocal = 1;

    private readonly CudaStream _stream;
    private nint _graph, _executable;

    private CudaGraph(CudaStream stream) => _stream = stream;

    /// <summary>Captures what an action queues on a stream; none of it runs.</summary>
    /// <exception cref="ILGPU.Runtime.AcceleratorException">The driver does not take it.</exception>
    public static CudaGraph Capture(CudaStream stream, Action queue)
    {
        using var binding = stream.BindScoped();
        var graph = new CudaGraph(stream);
        try
        {
            CudaDriver.Check(CudaDriver.Function<BeginCapture>("cuStreamBeginCapture_v2")(stream.StreamPtr, ThreadLocal));
            try
            {
                queue();
            }
            catch
            {
                // A stream that captures takes no other work; what was captured so far is no graph.
                _ = CudaDriver.Function<EndCapture>("cuStreamEndCapture")(stream.StreamPtr, out graph._graph);
                throw;
            }
            CudaDriver.Check(CudaDriver.Function<EndCapture>("cuStreamEndCapture")(stream.StreamPtr, out graph._graph));
            CudaDriver.Check(CudaDriver.Function<Instantiate>("cuGraphInstantiateWithFlags")(out graph._executable, graph._graph, 0));
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Queues all of it on the stream.</summary>
    public void Launch()
    {
        using var binding = _stream.BindScoped();
        CudaDriver.Check(CudaDriver.Function<LaunchGraph>("cuGraphLaunch")(_executable, _stream.StreamPtr));
    }

    public void Dispose()
    {
        using var binding = _stream.BindScoped();
        // What the driver does not take back goes with the process.
        if (_executable != 0)
            _ = CudaDriver.Function<Destroy>("cuGraphExecDestroy")(_executable);
        if (_graph != 0)
            _ = CudaDriver.Function<Destroy>("cuGraphDestroy")(_graph);
        (_graph, _executable) = (0, 0);
    }

    private delegate int BeginCapture(nint stream, int mode);

    private delegate int EndCapture(nint stream, out nint graph);

    private delegate int Instantiate(out nint executable, nint graph, ulong flags);

    private delegate int LaunchGraph(nint executable, nint stream);

    private delegate int Destroy(nint graph);
}
