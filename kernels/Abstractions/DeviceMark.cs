namespace SspNative.Kernels;

/// <summary>A place in a device's queue (<see cref="IDevice.Mark"/>). The device notes its own time when it comes past.</summary>
public abstract class DeviceMark : IDisposable
{
    /// <summary>The device's seconds from an earlier mark to this one. Waits until it has come past both.</summary>
    /// <param name="earlier">A mark of the same device.</param>
    public abstract double SecondsSince(DeviceMark earlier);

    public abstract void Dispose();
}
