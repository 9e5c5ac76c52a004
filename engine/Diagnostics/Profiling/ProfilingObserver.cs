namespace SspNative.Engine.Diagnostics;

/// <summary>Tells a profiler of every kernel and copy of a device, and of its memory.</summary>
internal sealed class ProfilingObserver(Profiler profiler) : DeviceObserver
{
    public override void BeforeLaunch<TCall>(in TCall call, IDevice device)
    {
        if (profiler.IsOpen)
            profiler.Track().BeginKernel(TCall.Name, call.Cost);
    }

    public override void AfterLaunch<TCall>(in TCall call, IDevice device)
    {
        if (!profiler.IsOpen)
            return;
        device.Synchronize();
        profiler.Track().EndKernel();
    }

    public override void BeforeCopy(HostCopy direction, long bytes, IDevice device)
    {
        if (profiler.IsOpen)
            profiler.Track().BeginCopy(direction == HostCopy.ToHost ? "copy_to_host" : "copy_from_host", bytes);
    }

    public override void AfterCopy(HostCopy direction, long bytes, IDevice device)
    {
        if (profiler.IsOpen)
            profiler.Track().EndCopy();
    }

    public override void MemoryChanged(long bytes, IDevice device) => profiler.AddMemory(bytes);
}
