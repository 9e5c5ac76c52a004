namespace SspNative.Kernels;

/// <summary>
/// Watches a device: counts, times, checks or records what it does, and changes nothing. It overrides what it is interested in. Threads that share a
/// device call it at the same time.
/// </summary>
public abstract class DeviceObserver
{
    /// <summary>A kernel is about to be launched.</summary>
    public virtual void BeforeLaunch<TCall>(in TCall call, IDevice device) where TCall : struct, IKernelCall<TCall>
    {
    }

    /// <summary>A kernel was launched; on a device that queues it may not have ended.</summary>
    public virtual void AfterLaunch<TCall>(in TCall call, IDevice device) where TCall : struct, IKernelCall<TCall>
    {
    }

    /// <summary>Bytes are about to be copied between host and device.</summary>
    public virtual void BeforeCopy(HostCopy direction, long bytes, IDevice device)
    {
    }

    public virtual void AfterCopy(HostCopy direction, long bytes, IDevice device)
    {
    }

    /// <summary>A buffer of so many bytes was allocated (or, if negative, freed).</summary>
    public virtual void MemoryChanged(long bytes, IDevice device)
    {
    }
}

/// <summary>Which way bytes are copied.</summary>
public enum HostCopy
{
    FromHost,
    ToHost,
}
