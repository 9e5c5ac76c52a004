using System.Runtime.CompilerServices;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;

namespace SspNative.Tests.Examples.SwiGlu.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void SwiGlu(in SwiGluCall call)
    {
        float* a = Floats(call.A), b = Floats(call.B), y = Floats(call.Y);
        CpuThreads.Ranges(call.Count, ElementGrain, (start, end) => SwiGluRange(a + start, b + start, y + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SwiGluRange(float* a, float* b, float* y, nint n)
    {
        for (nint i = 0; i < n; i += TSimd.Width)
            TSimd.Store(y + i, TSimd.Mul(Silu.Invoke<TSimd, TVec>(TSimd.Load(a + i)), TSimd.Load(b + i)));
    }
}
