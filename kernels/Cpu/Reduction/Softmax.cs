using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Softmax(in SoftmaxCall call)
    {
        (long rows, int columns, bool logarithm) = (call.Rows, call.Columns, call.Logarithm);
        float* px = Floats(call.X), py = Floats(call.Y);
        CpuThreads.Ranges(rows, RowGrain(columns), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                if (logarithm)
                    LogSoftmaxRow(px + row * columns, py + row * columns, columns);
                else
                    SoftmaxRow(px + row * columns, py + row * columns, columns);
            }
        });
    }

    public void SoftmaxBackward(in SoftmaxBackwardCall call)
    {
        (long rows, int columns, bool logarithm) = (call.Rows, call.Columns, call.Logarithm);
        float* py = Floats(call.Y), pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        CpuThreads.Ranges(rows, RowGrain(columns), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                long at = row * columns;
                if (logarithm)
                    LogSoftmaxBackwardRow(py + at, pdy + at, pdx + at, columns);
                else
                    SoftmaxBackwardRow(py + at, pdy + at, pdx + at, columns);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RowMaximum(float* x, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec m0 = TSimd.Broadcast(float.NegativeInfinity), m1 = m0;
        for (; i <= n - 2 * w; i += 2 * w)
        {
            m0 = TSimd.Max(m0, TSimd.Load(x + i));
            m1 = TSimd.Max(m1, TSimd.Load(x + i + w));
        }
        for (; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            m0 = TSimd.Max(m0, TSimd.Select(mask, TSimd.LoadMasked(x + i, mask), m0));
        }
        return TSimd.MaxLane(TSimd.Max(m0, m1));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SoftmaxRow(float* x, float* y, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec maximum = TSimd.Broadcast(RowMaximum(x, n));
        TVec s0 = TSimd.Zero, s1 = TSimd.Zero;
        for (; i <= n - 2 * w; i += 2 * w)
        {
            TVec e0 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(x + i), maximum));
            TVec e1 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(x + i + w), maximum));
            TSimd.Store(y + i, e0);
            TSimd.Store(y + i + w, e1);
            s0 = TSimd.Add(s0, e0);
            s1 = TSimd.Add(s1, e1);
        }
        for (; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec e = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.LoadMasked(x + i, mask), maximum));
            TSimd.StoreMasked(y + i, mask, e);
            s0 = TSimd.Add(s0, TSimd.Select(mask, e, TSimd.Zero));
        }
        TVec scale = TSimd.Broadcast(1f / TSimd.Sum(TSimd.Add(s0, s1)));
        for (i = 0; i <= n - w; i += w)
            TSimd.Store(y + i, TSimd.Mul(TSimd.Load(y + i), scale));
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TSimd.StoreMasked(y + i, mask, TSimd.Mul(TSimd.LoadMasked(y + i, mask), scale));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogSoftmaxRow(float* x, float* y, nint n)
    {
        nint w = TSimd.Width, i = 0;
        float largest = RowMaximum(x, n);
        TVec maximum = TSimd.Broadcast(largest);
        TVec s0 = TSimd.Zero, s1 = TSimd.Zero;
        for (; i <= n - 2 * w; i += 2 * w)
        {
            s0 = TSimd.Add(s0, VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(x + i), maximum)));
            s1 = TSimd.Add(s1, VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(x + i + w), maximum)));
        }
        for (; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec e = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.LoadMasked(x + i, mask), maximum));
            s0 = TSimd.Add(s0, TSimd.Select(mask, e, TSimd.Zero));
        }
        TVec logSum = TSimd.Broadcast(MathF.Log(TSimd.Sum(TSimd.Add(s0, s1))));
        for (i = 0; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TSimd.StoreMasked(y + i, mask, TSimd.Sub(TSimd.Sub(TSimd.LoadMasked(x + i, mask), maximum), logSum));
        }
    }

    // Rows of odd lengths begin anywhere: what lies before dx's first aligned vector is masked off from longer ones. y and dy lie like dx.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SoftmaxBackwardRow(float* y, float* dy, float* dx, nint n)
    {
        nint w = TSimd.Width, head = n < 2 * w ? 0 : -((nint)dx / sizeof(float)) & (w - 1), i = head;
        TVec first = TSimd.FirstLanes(head);
        TVec s0 = TSimd.Mul(TSimd.LoadMasked(y, first), TSimd.LoadMasked(dy, first)), s1 = TSimd.Zero;
        for (; i <= n - 2 * w; i += 2 * w)
        {
            s0 = TSimd.Fma(TSimd.Load(y + i), TSimd.Load(dy + i), s0);
            s1 = TSimd.Fma(TSimd.Load(y + i + w), TSimd.Load(dy + i + w), s1);
        }
        for (; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            s0 = TSimd.Fma(TSimd.LoadMasked(y + i, mask), TSimd.LoadMasked(dy + i, mask), s0);
        }
        TVec dot = TSimd.Broadcast(TSimd.Sum(TSimd.Add(s0, s1)));
        TSimd.StoreMasked(dx, first, TSimd.Mul(TSimd.LoadMasked(y, first), TSimd.Sub(TSimd.LoadMasked(dy, first), dot)));
        for (i = head; i <= n - w; i += w)
            TSimd.Store(dx + i, TSimd.Mul(TSimd.Load(y + i), TSimd.Sub(TSimd.Load(dy + i), dot)));
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TSimd.StoreMasked(
                dx + i, mask, TSimd.Mul(TSimd.LoadMasked(y + i, mask), TSimd.Sub(TSimd.LoadMasked(dy + i, mask), dot)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogSoftmaxBackwardRow(float* y, float* dy, float* dx, nint n)
    {
        nint w = TSimd.Width;
        TVec sum = TSimd.Broadcast(-SumVector(dy, n));
        for (nint i = 0; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec p = VectorMath<TSimd, TVec>.Exp(TSimd.LoadMasked(y + i, mask));
            TSimd.StoreMasked(dx + i, mask, TSimd.Fma(p, sum, TSimd.LoadMasked(dy + i, mask)));
        }
    }
}
