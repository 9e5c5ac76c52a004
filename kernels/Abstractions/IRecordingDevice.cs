namespace SspNative.Kernels;

/// <summary>A device that can note what is launched and run it again as a whole.</summary>
public interface IRecordingDevice : IDevice
{
    /// <summary>Whether <see cref="Record"/> can be used now: the device queues kernels, it was opened for it, and nobody observes what it does.</summary>
    bool Records { get; }

    /// <summary>Notes what this thread launches instead of launching it. All kernels of the pass have run before.</summary>
    /// <param name="pass">Copies nothing between host and device. What it makes and does not free lives in the graph's memory.</param>
    /// <exception cref="InvalidOperationException">The device does not record, or the pass copies.</exception>
    DeviceGraph Record(Action pass);
}
