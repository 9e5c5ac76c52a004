using System.Runtime.CompilerServices;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Unary<TOp>(in UnaryCall<TOp> call) where TOp : struct, IUnaryOperator
    {
        long count = call.Count;
        float* px = Floats(call.X), py = Floats(call.Y);
        CpuThreads.Ranges(count, ElementGrain, (start, end) => UnaryRange<TOp>(px + start, py + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryRange<TOp>(float* x, float* y, nint n) where TOp : struct, IUnaryOperator
    {
        for (nint i = 0; i < n; i += TSimd.Width)
            TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(TSimd.Load(x + i)));
    }

    public void UnaryBackward<TOp>(in UnaryBackwardCall<TOp> call)
        where TOp : struct, IUnaryOperator
    {
        long count = call.Count;
        float* saved = Floats(call.Saved), pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        CpuThreads.Ranges(
            count,
            ElementGrain,
            (start, end) => UnaryBackwardRange<TOp>(saved + start, pdy + start, pdx + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryBackwardRange<TOp>(float* saved, float* dy, float* dx, nint n)
        where TOp : struct, IUnaryOperator
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            // It reads one of the two, that which was saved.
            TVec either = TSimd.Load(saved + i);
            TSimd.Store(dx + i, TSimd.Mul(TSimd.Load(dy + i), TOp.Derivative<TSimd, TVec>(either, either)));
        }
    }
}
