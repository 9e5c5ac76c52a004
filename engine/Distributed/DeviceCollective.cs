using System.Text;
using SspNative.Kernels.Cpu;

namespace SspNative.Engine.Distributed;

/// <summary>
/// Ranks that exchange tensors of a device: by its link (<see cref="ILinkedDevice.Link"/>) where all ranks have one of their own, else by the memory of
/// their hosts. All else goes the way that the ranks have.
/// </summary>
/// <remarks>
/// A link knows no tags and not what is missing, and one that waits holds up the device. So what was begun runs together, when the first of it is waited for:
/// the sender tells which of its tensors there are, and both sides take them by their tags. All that two ranks send each other up to a wait must have been
/// begun by both before either waits. What was waited for is queued on the device, in the order of what is launched. <see cref="Sent"/> counts what the
/// link carries, and the messages that tell which tensors there are.
/// </remarks>
public sealed class DeviceCollective : ICollective
{
    // The largest tag that every MPI has.
    private const int PresenceTag = 32767;

    private readonly ICollective _ranks;
    private readonly IPeerLink? _link;
    private readonly List<LinkedTransfer> _begun = [];

    /// <param name="ranks">The ranks.</param>
    /// <param name="device">This rank's device. All ranks have one of the same kind.</param>
    /// <exception cref="DeviceException">A link could not be made.</exception>
    public DeviceCollective(ICollective ranks, IDevice device)
        : this(ranks, LinkOf(ranks, device))
    {
    }

    /// <param name="ranks">The ranks.</param>
    /// <param name="link">What connects their devices; null: nothing does. Becomes this object's own.</param>
    internal DeviceCollective(ICollective ranks, IPeerLink? link) => (_ranks, _link) = (ranks, link);

    public int Rank => _ranks.Rank;

    public int Count => _ranks.Count;

    public Traffic Sent => _ranks.Sent + SentByLink;

    /// <summary>Whether tensors go from device to device.</summary>
    public bool IsLinked => _link is not null;

    private Traffic SentByLink { get; set; }

    public byte[][] AllGather(ReadOnlySpan<byte> own) => _ranks.AllGather(own);

    public byte[][] Gather(byte[] own) => _ranks.Gather(own);

    public void Poll() => _ranks.Poll();

    public ITransfer Send(Tensor? tensor, int to, int tag)
    {
        if (tensor?.Device == CpuDevice.Default)
            return _ranks.Send(tensor, to, tag);
        if (_link is not null)
            return Begin(new LinkedTransfer(this, tensor, to, tag, sends: true));
        if (tensor is null)
            return _ranks.Send(null, to, tag);
        Tensor staged = TensorScope.Unowned(tensor.To(CpuDevice.Default));
        return new StagedSend(_ranks.Send(staged, to, tag), staged);
    }

    public ITransfer Receive(Tensor tensor, int from, int tag)
    {
        if (tensor.Device == CpuDevice.Default)
            return _ranks.Receive(tensor, from, tag);
        if (_link is not null)
            return Begin(new LinkedTransfer(this, tensor, from, tag, sends: false));
        Tensor staged = TensorScope.Unowned(Tensor.Empty(tensor.Shape, CpuDevice.Default, tensor.DType));
        return new StagedReceive(_ranks.Receive(staged, from, tag), staged, tensor);
    }

    /// <summary>Gives the link up, which all ranks do together. A rank that fails does not: it would wait for the others, which know of nothing.</summary>
    public void Leave() => _link?.Dispose();

    private static IPeerLink? LinkOf(ICollective ranks, IDevice device)
    {
        var linked = device as ILinkedDevice;
        string[] addresses = [.. ranks.AllGather(Encoding.UTF8.GetBytes(linked?.LinkAddress ?? "")).Select(Encoding.UTF8.GetString)];
        if (linked is null || addresses.Contains("") || addresses.Distinct().Count() < addresses.Length)
            return null;
        return linked.Link(ranks.FromFirst(ranks.Rank == 0 ? linked.NewLink() : []), ranks.Rank, ranks.Count);
    }

    private LinkedTransfer Begin(LinkedTransfer transfer)
    {
        _begun.Add(transfer);
        return transfer;
    }

    // Runs all that was begun.
    private void Exchange()
    {
        LinkedTransfer[] all = [.. _begun.OrderBy(t => t.Peer).ThenBy(t => t.Tag)];
        _begun.Clear();
        var telling = new List<(ITransfer Transfer, Tensor Presence)>();
        var told = new List<(ITransfer Transfer, Tensor Presence, LinkedTransfer[] Of)>();
        foreach (IGrouping<int, LinkedTransfer> toOne in all.Where(t => t.Sends).GroupBy(t => t.Peer))
        {
            float[] presence = [.. toOne.Select(t => t.Tensor is null ? 0f : 1f)];
            Tensor tensor = TensorScope.Unowned(Tensor.FromArray(presence, [presence.Length], CpuDevice.Default));
            telling.Add((_ranks.Send(tensor, toOne.Key, PresenceTag), tensor));
        }
        foreach (IGrouping<int, LinkedTransfer> fromOne in all.Where(t => !t.Sends).GroupBy(t => t.Peer))
        {
            LinkedTransfer[] awaited = [.. fromOne];
            Tensor tensor = TensorScope.Unowned(Tensor.Empty([awaited.Length], CpuDevice.Default));
            told.Add((_ranks.Receive(tensor, fromOne.Key, PresenceTag), tensor, awaited));
        }
        foreach ((ITransfer transfer, Tensor presence, LinkedTransfer[] awaited) in told)
        {
            transfer.Wait();
            foreach ((float isThere, LinkedTransfer one) in presence.ToArray().Zip(awaited))
                one.IsThere = isThere != 0;
            presence.Dispose();
        }
        foreach ((ITransfer transfer, Tensor presence) in telling)
        {
            transfer.Wait();
            presence.Dispose();
        }
        PeerCopy[] copies = [.. all.Where(t => t.IsThere).Select(t => t.Copy)];
        _link!.Exchange(copies);
        foreach (PeerCopy copy in copies.Where(c => c.Sends))
            SentByLink += new Traffic(1, copy.Bytes);
        foreach (LinkedTransfer transfer in all)
            transfer.IsDone = true;
    }

    private sealed class LinkedTransfer(DeviceCollective ranks, Tensor? tensor, int peer, int tag, bool sends) : ITransfer
    {
        public Tensor? Tensor => tensor;

        public int Peer => peer;

        public int Tag => tag;

        public bool Sends => sends;

        public bool IsThere { get; set; } = sends && tensor is not null;

        public bool IsDone { get; set; }

        public PeerCopy Copy => new(tensor!.Buffer, tensor.Count * tensor.DType.Size(), peer, sends);

        public bool Wait()
        {
            if (!IsDone)
                ranks.Exchange();
            return IsThere;
        }
    }

    private sealed class StagedSend(ITransfer transfer, Tensor staged) : ITransfer
    {
        public bool Wait()
        {
            using (staged)
                return transfer.Wait();
        }
    }

    private sealed class StagedReceive(ITransfer transfer, Tensor staged, Tensor tensor) : ITransfer
    {
        public bool Wait()
        {
            using (staged)
            {
                if (!transfer.Wait())
                    return false;
                tensor.CopyFrom(staged.ToArray());
                return true;
            }
        }
    }
}
