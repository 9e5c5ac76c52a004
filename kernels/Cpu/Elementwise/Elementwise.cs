using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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

    public void ToBFloat16(in ToBFloat16Call call)
    {
        long count = call.Count;
        float* px = Floats(call.X);
        var py = (ushort*)CpuBuffer.Pointer(call.Y);
        CpuThreads.Ranges(count, ElementGrain, (start, end) => ToBFloat16Range(px, py, start, end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToBFloat16Range(float* x, ushort* y, long start, long end)
    {
        for (long i = start; i < end; i++)
            y[i] = BFloat16.Round(x[i]);
    }

    public void Fill(in FillCall call)
    {
        (float value, long count) = (call.Value, call.Count);
        float* px = Floats(call.X);
        CpuThreads.Ranges(count, ElementGrain, (start, end) => new Span<float>(px + start, (int)(end - start)).Fill(value));
    }

    /// <summary>Zeros <paramref name="count"/> floats on all threads.</summary>
    private static void Clear(float* x, long count) =>
        CpuThreads.Ranges(count, ElementGrain, (start, end) => new Span<float>(x + start, (int)(end - start)).Clear());

    public void LessThan(in LessThanCall call)
    {
        (float threshold, long count) = (call.Threshold, call.Count);
        float* px = Floats(call.X);
        var py = (byte*)CpuBuffer.Pointer(call.Y);
        CpuThreads.Ranges(
            count, ElementGrain, (start, end) => LessThanRange(px + start, threshold, py + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LessThanRange(float* x, float threshold, byte* y, nint n)
    {
        var t = Vector128.Create(threshold);
        for (nint i = 0; i < n; i += 16)
        {
            Vector128<short> low = Vector128.Narrow(
                Vector128.LessThan(Vector128.Load(x + i), t).AsInt32(),
                Vector128.LessThan(Vector128.Load(x + i + 4), t).AsInt32());
            Vector128<short> high = Vector128.Narrow(
                Vector128.LessThan(Vector128.Load(x + i + 8), t).AsInt32(),
                Vector128.LessThan(Vector128.Load(x + i + 12), t).AsInt32());
            (Vector128.Narrow(low, high).AsByte() & Vector128.Create((byte)1)).Store(y + i);
        }
    }
}
