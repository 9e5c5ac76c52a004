namespace SspNative.Kernels;

/// <summary>
/// The kernels of a pass, noted once by <see cref="IRecordingDevice.Record"/> and queued again together, without the work of the host that found them.
/// </summary>
public abstract class DeviceGraph : IDisposable
{
    /// <summary>How many there are.</summary>
    public abstract int Kernels { get; }

    /// <summary>Bytes of the device that the graph holds: all that the pass makes lies in them, and its results stay there until the next replay.</summary>
    public abstract long HeldBytes { get; }

    /// <summary>Queues them behind what was launched before.</summary>
    public abstract void Replay();

    public abstract void Dispose();
}
