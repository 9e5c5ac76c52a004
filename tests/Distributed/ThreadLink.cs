using System.Collections.Concurrent;
using SspNative.Kernels;

namespace SspNative.Tests.Distributed;

/// <summary>A link between devices of threads. As NCCL, it knows no tags: of two peers, what is sent is received in the same order.</summary>
internal sealed class ThreadLink(ThreadLink.Wires wires, int peer) : IPeerLink
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>How often something was exchanged.</summary>
    public int Exchanges { get; private set; }

    public void Exchange(IReadOnlyList<PeerCopy> copies)
    {
        Exchanges++;
        foreach (PeerCopy copy in copies.Where(c => c.Sends))
        {
            byte[] content = new byte[copy.Bytes];
            copy.Buffer.Device.CopyToHost(copy.Buffer, content);
            wires.Between(peer, copy.Peer).Add(content);
        }
        foreach (PeerCopy copy in copies.Where(c => !c.Sends))
        {
            if (!wires.Between(copy.Peer, peer).TryTake(out byte[]? content, _patience))
                throw new DeviceException($"peer {peer} waits for {copy.Bytes} bytes that peer {copy.Peer} does not send");
            if (content.Length != copy.Bytes)
                throw new DeviceException($"peer {peer} was to receive {copy.Bytes} bytes and got {content.Length}");
            copy.Buffer.Device.CopyFromHost(content, copy.Buffer);
        }
    }

    public void Dispose()
    {
    }

    /// <summary>What peers share.</summary>
    internal sealed class Wires
    {
        private readonly ConcurrentDictionary<(int, int), BlockingCollection<byte[]>> _wires = new();

        public BlockingCollection<byte[]> Between(int from, int to) => _wires.GetOrAdd((from, to), _ => []);
    }
}
