using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void ToBFloat16(in ToBFloat16Call call) => device.Run(
        new ToBFloat16Kernel(Floats(call.X), Words(call.Y), checked((int)call.Count)), Groups(Groups(call.Count, 2), ToBFloat16Kernel.GroupSize));
}

/// <summary>A thread rounds two neighbours and stores both as one word.</summary>
internal readonly struct ToBFloat16Kernel(ArrayView<float> x, ArrayView<uint> y, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int pair = Grid.GlobalIndex.X, at = 2 * pair;
        if (at >= count)
            return;
        uint low = BFloat16.Round(x[at]), high = at + 1 < count ? BFloat16.Round(x[at + 1]) : (uint)0;
        // Buffers are padded to whole words.
        y[pair] = low | (high << 16);
    }
}
