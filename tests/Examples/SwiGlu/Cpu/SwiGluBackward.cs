using System.Runtime.CompilerServices;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;

namespace SspNative.Tests.Examples.SwiGlu.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void SwiGluBackward(in SwiGluBackwardCall call)
    {
        float* a = Floats(call.A), b = Floats(call.B), dy = Floats(call.Dy), da = Floats(call.Da), db = Floats(call.Db);
        CpuThreads.Ranges(
            call.Count, ElementGrain,
            (start, end) => SwiGluBackwardRange(a + start, b + start, dy + start, da + start, db + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SwiGluBackwardRange(float* a, float* b, float* dy, float* da, float* db, nint n)
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec x = TSimd.Load(a + i), g = TSimd.Load(dy + i), silu = Silu.Invoke<TSimd, TVec>(x);
            TSimd.Store(da + i, TSimd.Mul(TSimd.Mul(g, TSimd.Load(b + i)), Silu.Derivative<TSimd, TVec>(x, silu)));
            TSimd.Store(db + i, TSimd.Mul(g, silu));
        }
    }
}
