using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// CUDA devices linked by NCCL, which copies over NVLink, PCIe or the network, whatever there is. Its library is loaded when it is first asked for. Source:
/// NCCL's documentation, "NCCL API" and "Point-to-point communication".
/// </summary>
internal sealed class NcclLink : IPeerLink
{
    // ncclUint8, ncclSuccess.
    private const int Byte = 1, Succeeded = 0;

    private static readonly Lazy<nint> _library = new(() => OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libnccl.so.2", out nint library) ? library : 0);

    private readonly GpuDevice _device;
    private readonly CudaStream _stream;
    private readonly Queue _send, _receive;
    private readonly Group _begin, _end;
    private nint _communicator;

    private NcclLink(GpuDevice device, CudaStream stream)
    {
        (_device, _stream) = (device, stream);
        (_send, _receive) = (Function<Queue>("ncclSend"), Function<Queue>("ncclRecv"));
        (_begin, _end) = (Function<Group>("ncclGroupStart"), Function<Group>("ncclGroupEnd"));
    }

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
    /// <param name="name">What <see cref="NewName"/> gave one of them.</param>
    /// <param name="peer">Which of them this is.</param>
    /// <param name="peers">How many.</param>
    public static NcclLink Join(GpuDevice device, CudaStream stream, byte[] name, int peer, int peers)
    {
        var link = new NcclLink(device, stream);
        Check(
            Function<InitRank>("ncclCommInitRank")(out link._communicator, peers, MemoryMarshal.Read<UniqueId>(name), peer), "ncclCommInitRank");
        return link;
    }

    public void Exchange(IReadOnlyList<PeerCopy> copies)
    {
        if (copies.Count == 0)
            return;
        using (_device.Turn())
        {
            Check(_begin(), "ncclGroupStart");
            foreach (PeerCopy copy in copies)
                Check(
                    (copy.Sends ? _send : _receive)(
                        GpuBuffer.Bytes(copy.Buffer).LoadEffectiveAddressAsPtr(), (nuint)copy.Bytes, Byte, copy.Peer, _communicator, _stream.StreamPtr),
                    copy.Sends ? "ncclSend" : "ncclRecv");
            Check(_end(), "ncclGroupEnd");
        }
    }

    public void Dispose()
    {
        if (_communicator == 0)
            return;
        _device.Synchronize();
        // What the library does not take back goes with the process.
        using (_device.Turn())
            _ = Function<Destroy>("ncclCommDestroy")(_communicator);
        _communicator = 0;
    }

    private static void Check(int code, string call)
    {
        if (code != Succeeded)
            throw new DeviceException($"{call} failed: {Marshal.PtrToStringUTF8(Function<GetErrorString>("ncclGetErrorString")(code))}; NCCL_DEBUG=WARN tells more");
    }

    private static T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library.Value, name));

    private delegate int GetUniqueId(out UniqueId id);

    private delegate int InitRank(out nint communicator, int peers, UniqueId id, int peer);

    private delegate int Destroy(nint communicator);

    private delegate int Group();

    private delegate int Queue(nint buffer, nuint count, int type, int peer, nint communicator, nint stream);

    private delegate nint GetErrorString(int code);

    // What the library calls so: 128 bytes, given by value.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private readonly struct UniqueId;
}
