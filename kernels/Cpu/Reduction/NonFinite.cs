using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void NonFinite(in NonFiniteCall call)
    {
        long count = call.Count;
        float* px = Floats(call.X);
        bool finite = true;
        CpuThreads.Ranges(count, ElementGrain, (start, end) =>
        {
            for (long i = start; i < end && Volatile.Read(ref finite); i += SumBlock)
                if (!FiniteVector(px + i, (nint)Math.Min(SumBlock, end - i)))
                    Volatile.Write(ref finite, false);
        });
        ((byte*)CpuBuffer.Pointer(call.Result))[call.Slot] = finite ? (byte)0 : (byte)1;
    }

    /// <summary>x − x is 0 for finite x and NaN otherwise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool FiniteVector(float* x, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec a = TSimd.Zero, b = TSimd.Zero;
        for (; i <= n - 2 * w; i += 2 * w)
        {
            TVec x0 = TSimd.Load(x + i), x1 = TSimd.Load(x + i + w);
            a = TSimd.Add(a, TSimd.Sub(x0, x0));
            b = TSimd.Add(b, TSimd.Sub(x1, x1));
        }
        for (; i < n; i += w)
        {
            TVec x0 = TSimd.LoadMasked(x + i, TSimd.FirstLanes(n - i));
            a = TSimd.Add(a, TSimd.Sub(x0, x0));
        }
        return TSimd.Sum(TSimd.Add(a, b)) == 0;
    }
}
