using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Affine(in AffineCall call)
    {
        (float scale, float shift, long count) = (call.Scale, call.Shift, call.Count);
        float* px = Floats(call.X), py = Floats(call.Y);
        CpuThreads.Ranges(
            count, ElementGrain, (start, end) => AffineRange(px + start, scale, shift, py + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AffineRange(float* x, float scale, float shift, float* y, nint n)
    {
        TVec a = TSimd.Broadcast(scale), b = TSimd.Broadcast(shift);
        for (nint i = 0; i < n; i += TSimd.Width)
            TSimd.Store(y + i, TSimd.Fma(TSimd.Load(x + i), a, b));
    }
}
