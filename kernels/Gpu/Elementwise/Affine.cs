using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Affine(in AffineCall call) =>
        OverQuads(new AffineKernel(Floats(call.X), call.Scale, call.Shift, Floats(call.Y), checked((int)call.Count)), call.Count);
}

internal readonly struct AffineKernel(ArrayView<float> x, float scale, float shift, ArrayView<float> y, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int quad = Grid.GlobalIndex.X;
        F4.Store(y, quad, count, F4.Fma(scale, F4.Load(x, quad, count), F4.Broadcast(shift)));
    }
}
