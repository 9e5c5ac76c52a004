using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void LessThan(in LessThanCall call) => device.Run(
        new LessThanKernel(Floats(call.X), call.Threshold, Bytes(call.Y), checked((int)call.Count)), Groups(call.Count, LessThanKernel.GroupSize));
}

internal readonly struct LessThanKernel(ArrayView<float> x, float threshold, ArrayView<byte> y, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
            y[i] = x[i] < threshold ? (byte)1 : (byte)0;
    }
}
