namespace SspNative.Kernels;

/// <summary>Devices of several processes that copy to each other without their hosts. Each process is a peer, by its number from 0.</summary>
public interface IPeerLink : IDisposable
{
    /// <summary>
    /// Queues copies behind what was launched before; they run together. Of every two peers, what one sends to the other is received in the same order.
    /// </summary>
    /// <exception cref="DeviceException">The link failed.</exception>
    void Exchange(IReadOnlyList<PeerCopy> copies);
}

/// <summary>A copy between two peers, as one of them sees it.</summary>
/// <param name="Buffer">What is sent, or where what is received goes.</param>
/// <param name="Bytes">How much of it.</param>
/// <param name="Peer">The other one.</param>
/// <param name="Sends">Whether it is sent.</param>
public readonly record struct PeerCopy(DeviceBuffer Buffer, long Bytes, int Peer, bool Sends);
