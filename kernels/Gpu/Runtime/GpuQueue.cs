using ILGPU.Runtime;

namespace SspNative.Kernels.Gpu;

/// <summary>A device's one queue. Who gives it work holds it meanwhile, others wait; what its driver reports is said in the project's words.</summary>
/// <param name="accelerator">The driver's device; the queue's own from here on.</param>
/// <param name="owner">The device, as its errors name it.</param>
internal sealed class GpuQueue(Accelerator accelerator, string owner) : IDisposable
{
    private readonly Lock _turn = new();

    public Accelerator Accelerator => accelerator;

    public AcceleratorStream Stream { get; } = accelerator.CreateStream();

    /// <summary>
    /// Waits for the turn of this thread, and binds it: the driver's functions mean the device that a thread was bound to, which may be another or one that
    /// is no more.
    /// </summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public Lock.Scope Enter()
    {
        try
        {
            accelerator.Bind();
        }
        catch (AcceleratorException e)
        {
            throw Fault(e);
        }
        return _turn.EnterScope();
    }

    /// <summary>Does something in this thread's turn.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public void Do(Action work) => Do(() =>
    {
        work();
        return true;
    });

    /// <inheritdoc cref="Do(Action)"/>
    public T Do<T>(Func<T> work)
    {
        try
        {
            using (Enter())
                return work();
        }
        catch (AcceleratorException e)
        {
            throw Fault(e);
        }
    }

    /// <summary>What the driver reported, as an exception of the device.</summary>
    public DeviceException Fault(AcceleratorException e) => DriverFault.Of(e, owner);

    /// <summary>Waits for all that was queued. False if the device failed before.</summary>
    public bool TryFinish()
    {
        try
        {
            accelerator.Bind();
            Stream.Synchronize();
            return true;
        }
        catch (AcceleratorException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        Stream.Dispose();
        accelerator.Dispose();
    }
}
