using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void AdamW(in AdamWCall call)
    {
        AdamWScalars scalars = AdamWScalars.Of(call.Step);
        float* p = Floats(call.Parameter), g = Floats(call.Gradient), pm = Floats(call.M), pv = Floats(call.V);
        CpuThreads.Ranges(
            call.Count,
            ElementGrain,
            (start, end) => AdamWRange(p + start, g + start, pm + start, pv + start, (nint)(end - start), scalars));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AdamWRange(float* p, float* g, float* m, float* v, nint n, AdamWScalars scalars)
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec pi = TSimd.Load(p + i), mi = TSimd.Load(m + i), vi = TSimd.Load(v + i);
            scalars.Apply<TSimd, TVec>(TSimd.Load(g + i), ref pi, ref mi, ref vi);
            TSimd.Store(m + i, mi);
            TSimd.Store(v + i, vi);
            TSimd.Store(p + i, pi);
        }
    }
}
