using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>Row primitives that several kernels share; none reads or writes beyond its n elements.</summary>
internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>y += scale · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRow(float* x, float scale, float* y, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec s = TSimd.Broadcast(scale);
        for (; i <= n - w; i += w)
            TSimd.Store(y + i, TSimd.Fma(TSimd.Load(x + i), s, TSimd.Load(y + i)));
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TSimd.StoreMasked(y + i, mask, TSimd.Fma(TSimd.LoadMasked(x + i, mask), s, TSimd.LoadMasked(y + i, mask)));
        }
    }

    /// <summary>y = wa · a + wb · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlendRows(float* a, float wa, float* b, float wb, float* y, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec va = TSimd.Broadcast(wa), vb = TSimd.Broadcast(wb);
        for (; i <= n - w; i += w)
            TSimd.Store(y + i, TSimd.Fma(TSimd.Load(a + i), va, TSimd.Mul(TSimd.Load(b + i), vb)));
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TSimd.StoreMasked(
                y + i, mask, TSimd.Fma(TSimd.LoadMasked(a + i, mask), va, TSimd.Mul(TSimd.LoadMasked(b + i, mask), vb)));
        }
    }

    /// <summary>Σ x, in four chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumVector(float* x, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        for (; i <= n - 4 * w; i += 4 * w)
        {
            s0 = TSimd.Add(s0, TSimd.Load(x + i));
            s1 = TSimd.Add(s1, TSimd.Load(x + i + w));
            s2 = TSimd.Add(s2, TSimd.Load(x + i + 2 * w));
            s3 = TSimd.Add(s3, TSimd.Load(x + i + 3 * w));
        }
        for (; i <= n - w; i += w)
            s0 = TSimd.Add(s0, TSimd.Load(x + i));
        if (i < n)
            s1 = TSimd.Add(s1, TSimd.LoadMasked(x + i, TSimd.FirstLanes(n - i)));
        return TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
    }

    /// <summary>Σ a · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float DotRows(float* a, float* b, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec sum = TSimd.Zero;
        for (; i <= n - w; i += w)
            sum = TSimd.Fma(TSimd.Load(a + i), TSimd.Load(b + i), sum);
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            sum = TSimd.Fma(TSimd.LoadMasked(a + i, mask), TSimd.LoadMasked(b + i, mask), sum);
        }
        return TSimd.Sum(sum);
    }
}
