namespace SspNative.Engine.Diagnostics;

/// <summary>A copy between host and device.</summary>
/// <param name="Direction">From the host to the device, or back.</param>
/// <param name="Bytes">How much.</param>
/// <param name="Module">The part of the model that made it, as a profile names it; empty outside of all and while no profiler is open.</param>
public readonly record struct Transfer(HostCopy Direction, long Bytes, string Module);

/// <summary>Notes every copy between host and device, in order. A copy to the host waits for all that the device has been given to do.</summary>
/// <example><code>
/// var log = new TransferLog();
/// using (device.Observe(log))
///     model.Forward(x);
/// Console.WriteLine(log.Transfers.Count(t => t.Direction == HostCopy.ToHost));
/// </code></example>
public sealed class TransferLog : DeviceObserver
{
    private readonly Lock _lock = new();
    private readonly List<Transfer> _transfers = [];

    /// <summary>What was copied so far.</summary>
    public IReadOnlyList<Transfer> Transfers
    {
        get
        {
            lock (_lock)
                return [.. _transfers];
        }
    }

    public override void AfterCopy(HostCopy direction, long bytes, IDevice device)
    {
        lock (_lock)
            _transfers.Add(new Transfer(direction, bytes, Profiler.CurrentModule ?? ""));
    }
}
