namespace SspNative.Kernels;

/// <summary>A device that may exchange memory with devices of other processes by itself.</summary>
public interface ILinkedDevice : IDevice
{
    /// <summary>
    /// What tells this device from all others that <see cref="Link"/> connects, on any machine; null where it has none, as without NCCL, or where none is
    /// asked for.
    /// </summary>
    string? LinkAddress { get; }

    /// <summary>A name for a new link, which one process makes and gives to the others.</summary>
    /// <exception cref="InvalidOperationException">The device has no link.</exception>
    byte[] NewLink();

    /// <summary>Meets the devices of other processes; waits for all.</summary>
    /// <param name="link">What <see cref="NewLink"/> gave.</param>
    /// <param name="peer">This process's number.</param>
    /// <param name="peers">How many there are.</param>
    /// <exception cref="DeviceException">They cannot be linked.</exception>
    /// <exception cref="InvalidOperationException">The device has no link.</exception>
    IPeerLink Link(byte[] link, int peer, int peers);
}
