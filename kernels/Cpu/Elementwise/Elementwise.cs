using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Unary<TOp>(DeviceBuffer x, DeviceBuffer y, long count) where TOp : struct, IUnaryOperator
    {
        float* px = Floats(x), py = Floats(y);
        CpuThreads.Ranges(count, ElementGrain, (start, end) => UnaryRange<TOp>(px + start, py + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryRange<TOp>(float* x, float* y, nint n) where TOp : struct, IUnaryOperator
    {
        for (nint i = 0; i < n; i += TSimd.Width)
            TSimd.Store(y + i, TOp.Invoke<TSimd, TVec>(TSimd.Load(x + i)));
    }

    public void UnaryBackward<TOp>(DeviceBuffer x, DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long count)
        where TOp : struct, IUnaryOperator
    {
        float* px = Floats(x), py = Floats(y), pdy = Floats(dy), pdx = Floats(dx);
        CpuThreads.Ranges(
            count,
            ElementGrain,
            (start, end) => UnaryBackwardRange<TOp>(px + start, py + start, pdy + start, pdx + start, (nint)(end - start)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryBackwardRange<TOp>(float* x, float* y, float* dy, float* dx, nint n)
        where TOp : struct, IUnaryOperator
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec slope = TOp.Derivative<TSimd, TVec>(TSimd.Load(x + i), TSimd.Load(y + i));
            TSimd.Store(dx + i, TSimd.Mul(TSimd.Load(dy + i), slope));
        }
    }

    public void Affine(DeviceBuffer x, float scale, float shift, DeviceBuffer y, long count)
    {
        float* px = Floats(x), py = Floats(y);
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

    public void Fill(DeviceBuffer x, float value, long count)
    {
        float* px = Floats(x);
        CpuThreads.Ranges(count, ElementGrain, (start, end) => new Span<float>(px + start, (int)(end - start)).Fill(value));
    }

    /// <summary>Zeros <paramref name="count"/> floats on all threads.</summary>
    private static void Clear(float* x, long count) =>
        CpuThreads.Ranges(count, ElementGrain, (start, end) => new Span<float>(x + start, (int)(end - start)).Clear());

    public void LessThan(DeviceBuffer x, float threshold, DeviceBuffer y, long count)
    {
        float* px = Floats(x);
        var py = (byte*)CpuBuffer.Pointer(y);
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
