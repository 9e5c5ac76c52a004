using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Fill(in FillCall call) => OverQuads(new FillKernel(Floats(call.X), call.Value, checked((int)call.Count)), call.Count);
}

internal readonly struct FillKernel(ArrayView<float> x, float value, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run() => F4.Store(x, Grid.GlobalIndex.X, count, F4.Broadcast(value));
}
