namespace SspNative.Kernels;

/// <summary>The observers of one device, told in the order in which they came, of ends in the reverse order.</summary>
/// <param name="device">Told to them.</param>
public sealed class DeviceObservers(IDevice device)
{
    private readonly Lock _lock = new();
    private volatile DeviceObserver[] _observers = [];

    /// <summary>Whether there is none, as it mostly is.</summary>
    public bool IsEmpty => _observers.Length == 0;

    /// <summary>Adds an observer until what is returned is disposed.</summary>
    public IDisposable Add(DeviceObserver observer)
    {
        lock (_lock)
            _observers = [.. _observers, observer];
        return new Registration(this, observer);
    }

    /// <summary>Runs a kernel between what observers do before and after it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="kernels">Null on a device that computes nothing.</param>
    public void Launch<TCall>(in TCall call, IKernels? kernels)
        where TCall : struct, IKernelCall<TCall>
    {
        DeviceObserver[] observers = _observers;
        foreach (DeviceObserver observer in observers)
            observer.BeforeLaunch(in call, device);
        if (kernels is not null)
            call.Run(kernels);
        for (int i = observers.Length - 1; i >= 0; i--)
            observers[i].AfterLaunch(in call, device);
    }

    public void BeforeCopy(HostCopy direction, long bytes)
    {
        foreach (DeviceObserver observer in _observers)
            observer.BeforeCopy(direction, bytes, device);
    }

    public void AfterCopy(HostCopy direction, long bytes)
    {
        DeviceObserver[] observers = _observers;
        for (int i = observers.Length - 1; i >= 0; i--)
            observers[i].AfterCopy(direction, bytes, device);
    }

    public void MemoryChanged(long bytes)
    {
        foreach (DeviceObserver observer in _observers)
            observer.MemoryChanged(bytes, device);
    }

    private void Remove(DeviceObserver observer)
    {
        lock (_lock)
            _observers = [.. _observers.Where(o => o != observer)];
    }

    private sealed class Registration(DeviceObservers observers, DeviceObserver observer) : IDisposable
    {
        public void Dispose() => observers.Remove(observer);
    }
}
