using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
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
