using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
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
}
