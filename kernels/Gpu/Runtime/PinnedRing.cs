using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// Page-locked memory in which bytes wait for their way to the device: the copy is queued like a kernel, and the caller goes on. Its slots are used round
/// and round; only who comes to one whose bytes still wait must wait too.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="stream">Its queue.</param>
/// <param name="slots">Copies that may wait at once.</param>
/// <param name="slotBytes">Of a slot. Larger copies take several, so that one is filled while another is on its way.</param>
internal sealed class PinnedRing(Accelerator accelerator, AcceleratorStream stream, int slots, int slotBytes) : IDisposable
{
    // Each is allocated when it is first needed.
    private readonly (PageLockedArray1D<byte>? Memory, ProfilingMarker? Copied)[] _slots = new (PageLockedArray1D<byte>?, ProfilingMarker?)[slots];
    private int _next;

    /// <summary>Page-locked memory, which never grows beyond that of all slots.</summary>
    public long HeldBytes => _slots.Sum(slot => slot.Memory?.Length ?? 0);

    /// <summary>Queues a copy. The source may be reused at once.</summary>
    /// <param name="source">What to copy.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="offset">From this byte of it on.</param>
    public void Copy(ReadOnlySpan<byte> source, in GpuBlock destination, long offset)
    {
        for (int done = 0; done < source.Length; done += slotBytes)
        {
            int count = Math.Min(slotBytes, source.Length - done);
            ref (PageLockedArray1D<byte>? Memory, ProfilingMarker? Copied) slot = ref _slots[_next];
            _next = (_next + 1) % _slots.Length;
            slot.Copied?.Synchronize();
            slot.Copied?.Dispose();
            slot.Copied = null;
            slot.Memory ??= accelerator.AllocatePageLocked1D<byte>(slotBytes);
            source.Slice(done, count).CopyTo(slot.Memory.Span);
            Queue(slot.Memory.ArrayView.LoadEffectiveAddressAsPtr(), destination.Slab.Memory.NativePtr, destination.Offset + offset + done, count);
            slot.Copied = stream.AddProfilingMarker();
        }
    }

    // By the driver: of a view of host memory, ILGPU copies all that lies behind it too.
    private void Queue(nint source, nint destination, long offset, int count)
    {
        using var binding = stream.BindScoped();
        if (stream is CudaStream)
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.MemcpyAsync(destination + (nint)offset, source, count, stream));
        else
            CLException.ThrowIfFailed(CLAPI.CurrentAPI.WriteBuffer(stream, destination, false, (nint)offset, count, source));
    }

    /// <summary>Nothing may wait any more.</summary>
    public void Dispose()
    {
        foreach ((PageLockedArray1D<byte>? memory, ProfilingMarker? copied) in _slots)
        {
            copied?.Dispose();
            memory?.Dispose();
        }
    }
}
