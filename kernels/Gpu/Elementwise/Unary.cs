using ILGPU;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Unary<TOp>(in UnaryCall<TOp> call) where TOp : struct, IUnaryOperator =>
        OverQuads(new UnaryKernel<TOp>(Floats(call.X), Floats(call.Y), checked((int)call.Count)), call.Count);

    public void UnaryBackward<TOp>(in UnaryBackwardCall<TOp> call) where TOp : struct, IUnaryOperator =>
        OverQuads(new UnaryBackwardKernel<TOp>(Floats(call.Saved), Floats(call.Dy), Floats(call.Dx), checked((int)call.Count)), call.Count);
}

internal readonly struct UnaryKernel<TOp>(ArrayView<float> x, ArrayView<float> y, int count) : IGpuKernel
    where TOp : struct, IUnaryOperator
{
    public static int GroupSize => 256;

    public void Run()
    {
        int quad = Grid.GlobalIndex.X;
        F4 v = F4.Load(x, quad, count);
        F4.Store(y, quad, count, new F4(Of(v.X), Of(v.Y), Of(v.Z), Of(v.W)));
    }

    private static float Of(float x) => TOp.Invoke<LaneMath, float>(x);
}

internal readonly struct UnaryBackwardKernel<TOp>(ArrayView<float> saved, ArrayView<float> dy, ArrayView<float> dx, int count) : IGpuKernel
    where TOp : struct, IUnaryOperator
{
    public static int GroupSize => 256;

    public void Run()
    {
        int quad = Grid.GlobalIndex.X;
        F4 s = F4.Load(saved, quad, count), g = F4.Load(dy, quad, count);
        F4.Store(dx, quad, count, new F4(Of(s.X, g.X), Of(s.Y, g.Y), Of(s.Z, g.Z), Of(s.W, g.W)));
    }

    // It reads one of the two, that which was saved.
    private static float Of(float saved, float dy) => LaneMath.Mul(dy, TOp.Derivative<LaneMath, float>(saved, saved));
}
