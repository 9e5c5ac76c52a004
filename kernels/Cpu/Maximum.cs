using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Max(DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices, long outer, long reduced, long inner)
    {
        float* px = Floats(x), py = Floats(y);
        var at = (long*)CpuBuffer.Pointer(indices);
        CpuThreads.Ranges(outer, RowGrain(reduced * inner), (start, end) =>
        {
            for (long o = start; o < end; o++)
                MaxColumns(px + o * reduced * inner, (nint)reduced, (nint)inner, py + o * inner, at + o * inner);
        });
    }

    /// <summary>The first maximum of each column; the first NaN wins over every number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxColumns(float* x, nint rows, nint columns, float* y, long* indices)
    {
        for (nint c = 0; c < columns; c++)
        {
            float best = x[c];
            nint at = 0;
            for (nint r = 1; r < rows; r++)
            {
                float value = x[r * columns + c];
                if (value > best || (float.IsNaN(value) && !float.IsNaN(best)))
                    (best, at) = (value, r);
            }
            y[c] = best;
            indices[c] = at;
        }
    }

    public void MaxBackward(DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx, long outer, long reduced, long inner)
    {
        float* pdy = Floats(dy), pdx = Floats(dx);
        var at = (long*)CpuBuffer.Pointer(indices);
        CpuThreads.Ranges(outer, RowGrain(reduced * inner), (start, end) =>
        {
            for (long o = start; o < end; o++)
            {
                float* block = pdx + o * reduced * inner;
                new Span<float>(block, (int)(reduced * inner)).Clear();
                for (long i = 0; i < inner; i++)
                    block[at[o * inner + i] * inner + i] = pdy[o * inner + i];
            }
        });
    }
}
