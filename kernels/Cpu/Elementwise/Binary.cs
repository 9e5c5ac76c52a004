using System.Runtime.CompilerServices;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Binary<TOp>(in BinaryCall<TOp> call)
        where TOp : struct, IBinaryOperator
    {
        if (call.Shape.Count == 0)
            return;
        float* pa = Floats(call.A), pb = Floats(call.B), py = Floats(call.Y);
        BroadcastLoops loops = BroadcastLoops.Of(call.AShape, call.BShape, call.Shape);
        bool aVaries = loops.AStrides[^1] != 0, bVaries = loops.BStrides[^1] != 0;
        if (loops.Dims.Length == 1)
        {
            CpuThreads.Ranges(
                call.Shape.Count,
                ElementGrain,
                (start, end) => BinaryWhole<TOp>(
                    aVaries ? pa + start : pa, aVaries, bVaries ? pb + start : pb, bVaries, py + start, (nint)(end - start)));
            return;
        }
        long n = loops.Dims[^1];
        CpuThreads.Ranges(
            call.Shape.Count / n,
            RowGrain(n),
            (start, end) => BinaryRows<TOp>(loops, pa, aVaries, pb, bVaries, py, start, end));
    }

    private static void BinaryRows<TOp>(
        BroadcastLoops loops, float* a, bool aVaries, float* b, bool bVaries, float* y, long start, long end)
        where TOp : struct, IBinaryOperator
    {
        long[] dims = loops.Dims, aStrides = loops.AStrides, bStrides = loops.BStrides;
        int last = dims.Length - 2;
        nint n = (nint)dims[^1];
        var index = new long[last + 1];
        long rest = start;
        for (int d = last; d >= 0; d--)
        {
            index[d] = rest % dims[d];
            rest /= dims[d];
            a += index[d] * aStrides[d];
            b += index[d] * bStrides[d];
        }
        for (long row = start; row < end; row++)
        {
            BinaryRow<TOp>(a, aVaries, b, bVaries, y + row * n, n);
            for (int d = last; d >= 0; d--)
            {
                a += aStrides[d];
                b += bStrides[d];
                if (++index[d] < dims[d])
                    break;
                index[d] = 0;
                a -= dims[d] * aStrides[d];
                b -= dims[d] * bStrides[d];
            }
        }
    }

    /// <summary>A part of a flat loop that starts at a multiple of 16 and may be written over its end in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BinaryWhole<TOp>(float* a, bool aVaries, float* b, bool bVaries, float* y, nint n)
        where TOp : struct, IBinaryOperator
    {
        if (aVaries && bVaries)
        {
            for (nint i = 0; i < n; i += TSimd.Width)
                TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(TSimd.Load(a + i), TSimd.Load(b + i)));
        }
        else if (aVaries)
        {
            TVec second = TSimd.Broadcast(*b);
            for (nint i = 0; i < n; i += TSimd.Width)
                TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(TSimd.Load(a + i), second));
        }
        else
        {
            TVec first = TSimd.Broadcast(*a);
            for (nint i = 0; i < n; i += TSimd.Width)
                TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(first, bVaries ? TSimd.Load(b + i) : TSimd.Broadcast(*b)));
        }
    }

    /// <summary>One row, exactly <paramref name="n"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BinaryRow<TOp>(float* a, bool aVaries, float* b, bool bVaries, float* y, nint n)
        where TOp : struct, IBinaryOperator
    {
        nint i = 0, w = TSimd.Width;
        if (aVaries && bVaries)
        {
            for (; i <= n - w; i += w)
                TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(TSimd.Load(a + i), TSimd.Load(b + i)));
        }
        else if (aVaries)
        {
            TVec second = TSimd.Broadcast(*b);
            for (; i <= n - w; i += w)
                TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(TSimd.Load(a + i), second));
        }
        else
        {
            TVec first = TSimd.Broadcast(*a);
            for (; i <= n - w; i += w)
                TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(first, TSimd.Load(b + i)));
        }
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec first = aVaries ? TSimd.LoadMasked(a + i, mask) : TSimd.Broadcast(*a);
            TVec second = bVaries ? TSimd.LoadMasked(b + i, mask) : TSimd.Broadcast(*b);
            TSimd.StoreMasked(y + i, mask, TOp.Invoke<TSimd, TVec>(first, second));
        }
    }
}
