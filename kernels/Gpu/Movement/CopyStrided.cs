using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void CopyStrided(in CopyStridedCall call)
    {
        switch (call.ElementSize)
        {
            case 1:
                Copy<byte>(in call);
                break;
            case 2:
                Copy<short>(in call);
                break;
            case 4:
                Copy<int>(in call);
                break;
            default:
                Copy<long>(in call);
                break;
        }
    }

    private void Copy<T>(in CopyStridedCall call)
        where T : unmanaged
    {
        int rank = call.From.Rank;
        Span<long> sizes = stackalloc long[rank], from = stackalloc long[rank], to = stackalloc long[rank];
        long count = 1;
        for (int i = 0; i < rank; i++)
        {
            (sizes[i], from[i], to[i]) = (call.From.Axes[i].Size, call.From.Axes[i].Stride, call.To.Axes[i].Stride);
            count *= sizes[i];
        }
        var walk = Walk.Of(call.From.Offset, call.To.Offset, sizes, from, to);
        device.Run(
            new CopyStridedKernel<T>(GpuBuffer.Bytes(call.Source).Cast<T>(), GpuBuffer.Bytes(call.Destination).Cast<T>(), walk, checked((int)count)),
            Groups(count, CopyStridedKernel<T>.GroupSize));
    }
}

internal readonly struct CopyStridedKernel<T>(ArrayView<T> source, ArrayView<T> destination, Walk walk, int count) : IGpuKernel
    where T : unmanaged
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        (long from, long to) = walk.At(i);
        destination[to] = source[from];
    }
}
