namespace SspNative.Engine.Diagnostics;

/// <summary>Tells a profiler of every kernel and copy of a device, and of its memory.</summary>
/// <param name="profiler">Is told of each launch, copy and allocation.</param>
/// <param name="timeline">Of a device with a clock of its own.</param>
internal sealed class ProfilingObserver(Profiler profiler, DeviceTimeline? timeline) : DeviceObserver
{
    public override void BeforeLaunch<TCall>(in TCall call, IDevice device)
    {
        if (profiler.IsOpen)
            profiler.Track().BeginKernel(TCall.Name, call.Cost, timeline?.Begin());
    }

    public override void AfterLaunch<TCall>(in TCall call, IDevice device)
    {
        if (profiler.IsOpen)
            profiler.Track().EndKernel(timeline);
    }

    public override void BeforeCopy(HostCopy direction, long bytes, IDevice device)
    {
        if (profiler.IsOpen)
            profiler.Track().BeginCopy(direction == HostCopy.ToHost ? "copy_to_host" : "copy_from_host", bytes, timeline?.Begin());
    }

    public override void AfterCopy(HostCopy direction, long bytes, IDevice device)
    {
        if (!profiler.IsOpen)
            return;
        profiler.Track().EndCopy(timeline);
        // The device has done all else by now.
        if (direction == HostCopy.ToHost)
            timeline?.Settle();
    }

    public override void MemoryChanged(long bytes, IDevice device) => profiler.AddMemory(bytes);
}
