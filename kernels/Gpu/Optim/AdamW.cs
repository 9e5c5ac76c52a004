using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void AdamW(in AdamWCall call) => OverQuads(
        new AdamWKernel(
            Floats(call.Parameter), Floats(call.Gradient), Floats(call.M), Floats(call.V), AdamWScalars.Of(call.Step), checked((int)call.Count)),
        call.Count);
}

internal readonly struct AdamWKernel(
    ArrayView<float> parameter, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> square, AdamWScalars scalars, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int quad = Grid.GlobalIndex.X;
        F4 p = F4.Load(parameter, quad, count), g = F4.Load(gradient, quad, count), m = F4.Load(mean, quad, count), v = F4.Load(square, quad, count);
        Step(g.X, ref p.X, ref m.X, ref v.X);
        Step(g.Y, ref p.Y, ref m.Y, ref v.Y);
        Step(g.Z, ref p.Z, ref m.Z, ref v.Z);
        Step(g.W, ref p.W, ref m.W, ref v.W);
        F4.Store(parameter, quad, count, p);
        F4.Store(mean, quad, count, m);
        F4.Store(square, quad, count, v);
    }

    private void Step(float gradient, ref float p, ref float m, ref float v) => scalars.Apply<LaneMath, float>(gradient, ref p, ref m, ref v);
}
