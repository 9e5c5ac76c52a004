using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// CUDA devices linked by NCCL, which copies over NVLink, PCIe or the network, whatever there is. Its library is loaded when it is first asked for.
/// </summary>
/// <remarks>
/// NCCL is written for CUDA's runtime and makes the device's primary context the thread's own; ILGPU has another. So NCCL has a queue and memory in the primary
/// context, where what is sent is copied before and from where what is received is copied after; events keep both queues in order. Source: NCCL's
/// documentation, "NCCL API" and "Point-to-point communication"; CUDA Driver API, "Context Management", "Stream Management" and "Event Management".
/// </remarks>
internal sealed class NcclLink : IPeerLink
{
    // ncclUint8, ncclSuccess; CU_STREAM_NON_BLOCKING, CU_EVENT_DISABLE_TIMING.
    private const int Byte = 1, Succeeded = 0, NonBlocking = 1, WithoutTime = 2;

    private static readonly Lazy<nint> _library = new(() => OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libnccl.so.2", out nint library) ? library : 0);

    private readonly GpuDevice _device;
    private readonly CudaStream _own;
    private readonly int _index;
    private readonly Queue _send, _receive;
    private readonly Group _begin, _end;
    private nint _communicator, _primary, _stream, _ready, _done, _staging;
    private long _stagingBytes;

    private NcclLink(GpuDevice device, CudaStream stream, int index)
    {
        (_device, _own, _index) = (device, stream, index);
        (_send, _receive) = (Function<Queue>("ncclSend"), Function<Queue>("ncclRecv"));
        (_begin, _end) = (Function<Group>("ncclGroupStart"), Function<Group>("ncclGroupEnd"));
    }

    /// <summary>Set to 1, devices are linked.</summary>
    public const string Variable = "SSP_NCCL";

    /// <summary>Whether devices are to be linked.</summary>
    public static bool IsWanted => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Whether the library is here.</summary>
    public static bool IsHere => _library.Value != 0;

    /// <summary>A name for a new link.</summary>
    public static byte[] NewName()
    {
        Check(Function<GetUniqueId>("ncclGetUniqueId")(out UniqueId id), "ncclGetUniqueId");
        return MemoryMarshal.AsBytes(new ReadOnlySpan<UniqueId>(in id)).ToArray();
    }

    /// <summary>Meets the others.</summary>
    /// <param name="device">The device, whose turn it is.</param>
    /// <param name="stream">Its queue.</param>
    /// <param name="index">CUDA's number of it.</param>
    /// <param name="name">What <see cref="NewName"/> gave one of them.</param>
    /// <param name="peer">Which of them this is.</param>
    /// <param name="peers">How many.</param>
    public static NcclLink Join(GpuDevice device, CudaStream stream, int index, byte[] name, int peer, int peers)
    {
        if (name.Length != UniqueId.Bytes)
            throw new DeviceException($"a link of NCCL has a name of {UniqueId.Bytes} bytes, not {name.Length}: all ranks must have devices of one kind");
        var link = new NcclLink(device, stream, index);
        CudaDriver.Check(CudaDriver.Function<CreateEvent>("cuEventCreate")(out link._ready, WithoutTime));
        CudaDriver.Check(CudaDriver.Function<RetainPrimary>("cuDevicePrimaryCtxRetain")(out link._primary, index));
        link.InPrimary(() =>
        {
            CudaDriver.Check(CudaDriver.Function<CreateStream>("cuStreamCreate")(out link._stream, NonBlocking));
            CudaDriver.Check(CudaDriver.Function<CreateEvent>("cuEventCreate")(out link._done, WithoutTime));
            Check(Function<InitRank>("ncclCommInitRank")(out link._communicator, peers, MemoryMarshal.Read<UniqueId>(name), peer), "ncclCommInitRank");
        });
        return link;
    }

    public void Exchange(IReadOnlyList<PeerCopy> copies)
    {
        ObjectDisposedException.ThrowIf(_communicator == 0, this);
        if (copies.Count > 0)
            _device.Queue.Do(() => Queued(copies));
    }

    /// <summary>All peers call it, or none: the library waits for the others of its machine.</summary>
    public void Dispose()
    {
        if (_communicator == 0)
            return;
        _device.Synchronize();
        using (_device.Queue.Enter())
        {
            // What they do not take back goes with the process.
            InPrimary(() =>
            {
                _ = Function<Destroy>("ncclCommDestroy")(_communicator);
                if (_staging != 0)
                    _ = CudaDriver.Function<Destroy>("cuMemFree_v2")(_staging);
                _ = CudaDriver.Function<Destroy>("cuEventDestroy_v2")(_done);
                _ = CudaDriver.Function<Destroy>("cuStreamDestroy_v2")(_stream);
            });
            _ = CudaDriver.Function<Destroy>("cuEventDestroy_v2")(_ready);
            _ = CudaDriver.Function<ReleasePrimary>("cuDevicePrimaryCtxRelease_v2")(_index);
        }
        _communicator = 0;
    }

    private void Queued(IReadOnlyList<PeerCopy> copies)
    {
        CudaDriver.Check(CudaDriver.Function<GetContext>("cuCtxGetCurrent")(out nint own));
        CudaDriver.Check(CudaDriver.Function<RecordEvent>("cuEventRecord")(_ready, _own.StreamPtr));
        InPrimary(() =>
        {
            (PeerCopy Copy, nint Address, nint Staged)[] all = Placed(copies);
            WaitEvent wait = CudaDriver.Function<WaitEvent>("cuStreamWaitEvent");
            CopyPeer copy = CudaDriver.Function<CopyPeer>("cuMemcpyPeerAsync");
            CudaDriver.Check(wait(_stream, _ready, 0));
            foreach ((PeerCopy one, nint address, nint staged) in all.Where(c => c.Copy.Sends))
                CudaDriver.Check(copy(staged, _primary, address, own, (nuint)one.Bytes, _stream));
            Together(all);
            foreach ((PeerCopy one, nint address, nint staged) in all.Where(c => !c.Copy.Sends))
                CudaDriver.Check(copy(address, own, staged, _primary, (nuint)one.Bytes, _stream));
            CudaDriver.Check(CudaDriver.Function<RecordEvent>("cuEventRecord")(_done, _stream));
        });
        CudaDriver.Check(CudaDriver.Function<WaitEvent>("cuStreamWaitEvent")(_own.StreamPtr, _done, 0));
    }

    private void Together((PeerCopy Copy, nint Address, nint Staged)[] all)
    {
        Check(_begin(), "ncclGroupStart");
        int ended = Succeeded;
        try
        {
            foreach ((PeerCopy one, _, nint staged) in all)
                Check(
                    (one.Sends ? _send : _receive)(staged, (nuint)one.Bytes, Byte, one.Peer, _communicator, _stream), one.Sends ? "ncclSend" : "ncclRecv");
        }
        finally
        {
            ended = _end();
        }
        Check(ended, "ncclGroupEnd");
    }

    // Where each copy lies on the device, and in the memory that NCCL sees.
    private (PeerCopy Copy, nint Address, nint Staged)[] Placed(IReadOnlyList<PeerCopy> copies)
    {
        long needed = copies.Sum(c => GpuHeap.Rounded(c.Bytes));
        if (needed > _stagingBytes)
        {
            // The driver waits for what still uses it.
            if (_staging != 0)
                CudaDriver.Check(CudaDriver.Function<Destroy>("cuMemFree_v2")(_staging));
            (_staging, _stagingBytes) = (0, 0);
            CudaDriver.Check(CudaDriver.Function<Allocate>("cuMemAlloc_v2")(out _staging, (nuint)needed));
            _stagingBytes = needed;
        }
        var placed = new (PeerCopy, nint, nint)[copies.Count];
        long at = 0;
        for (int i = 0; i < placed.Length; i++)
        {
            placed[i] = (copies[i], GpuBuffer.Bytes(copies[i].Buffer).LoadEffectiveAddressAsPtr(), _staging + (nint)at);
            at += GpuHeap.Rounded(copies[i].Bytes);
        }
        return placed;
    }

    private void InPrimary(Action work)
    {
        CudaDriver.Check(CudaDriver.Function<PushContext>("cuCtxPushCurrent_v2")(_primary));
        try
        {
            work();
        }
        finally
        {
            CudaDriver.Check(CudaDriver.Function<GetContext>("cuCtxPopCurrent_v2")(out _));
        }
    }

    private static void Check(int code, string call)
    {
        if (code != Succeeded)
            throw new DeviceException(
                $"{call} failed: {Marshal.PtrToStringUTF8(Function<GetErrorString>("ncclGetErrorString")(code))}; NCCL_DEBUG=WARN tells more");
    }

    private static T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library.Value, name));

    private delegate int GetUniqueId(out UniqueId id);

    private delegate int InitRank(out nint communicator, int peers, UniqueId id, int peer);

    private delegate int Destroy(nint what);

    private delegate int Group();

    private delegate int Queue(nint buffer, nuint count, int type, int peer, nint communicator, nint stream);

    private delegate nint GetErrorString(int code);

    private delegate int RetainPrimary(out nint context, int device);

    private delegate int ReleasePrimary(int device);

    private delegate int PushContext(nint context);

    private delegate int GetContext(out nint context);

    private delegate int CreateStream(out nint stream, uint flags);

    private delegate int CreateEvent(out nint mark, uint flags);

    private delegate int RecordEvent(nint mark, nint stream);

    private delegate int WaitEvent(nint stream, nint mark, uint flags);

    private delegate int Allocate(out nint memory, nuint bytes);

    private delegate int CopyPeer(nint to, nint toContext, nint from, nint fromContext, nuint bytes, nint stream);

    // What the library calls so, given by value.
    [StructLayout(LayoutKind.Sequential, Size = Bytes)]
    private readonly struct UniqueId
    {
        public const int Bytes = 128;
    }
}
