using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void MaxPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices)
    {
        float* px = Floats(x), py = Floats(y);
        var at = (long*)CpuBuffer.Pointer(indices);
        PoolShape s = shape;
        int outputs = s.Wout;
        CpuThreads.Ranges((long)s.B * s.Hout, RowGrain((long)s.W * s.C), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                float* image = px + row / s.Hout * s.H * s.W * s.C;
                long h = row % s.Hout * s.Stride;
                for (long o = 0; o < outputs; o++)
                    MaxWindow(image, (nint)(h * s.W + o * s.Stride), s, py + (row * outputs + o) * s.C, at + (row * outputs + o) * s.C);
            }
        });
    }

    /// <summary>The first maximum of every channel in the window whose corner is at a position of the map; the first NaN wins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxWindow(float* image, nint corner, in PoolShape s, float* y, long* indices)
    {
        nint channels = s.C, width = s.W, kernel = s.Kernel;
        for (nint c = 0; c < channels; c++)
        {
            nint best = corner;
            float largest = image[corner * channels + c];
            for (nint i = 0; i < kernel; i++)
            {
                for (nint j = 0; j < kernel; j++)
                {
                    nint position = corner + i * width + j;
                    float value = image[position * channels + c];
                    if (value > largest || (float.IsNaN(value) && !float.IsNaN(largest)))
                        (largest, best) = (value, position);
                }
            }
            y[c] = largest;
            indices[c] = best;
        }
    }

    public void MaxPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx)
    {
        float* pdy = Floats(dy), pdx = Floats(dx);
        var at = (long*)CpuBuffer.Pointer(indices);
        PoolShape s = shape;
        long map = (long)s.H * s.W * s.C, windows = (long)s.Hout * s.Wout, parts = (s.C + 15) / 16;
        Clear(pdx, s.B * map);
        // Windows may overlap: each thread owns images and channels, so that sums keep the order of the windows.
        CpuThreads.Ranges(s.B * parts, 1, (start, end) =>
        {
            for (long item = start; item < end; item++)
            {
                long b = item / parts, first = item % parts * 16, last = Math.Min(s.C, first + 16);
                float* image = pdx + b * map;
                for (long window = b * windows; window < (b + 1) * windows; window++)
                    for (long c = first; c < last; c++)
                        image[at[window * s.C + c] * s.C + c] += pdy[window * s.C + c];
            }
        });
    }

    public void AvgPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y)
    {
        float* px = Floats(x), py = Floats(y);
        PoolShape s = shape;
        int outputs = s.Wout;
        float scale = 1f / (s.Kernel * s.Kernel);
        CpuThreads.Ranges((long)s.B * s.Hout, RowGrain((long)s.W * s.C), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                float* image = px + (row / s.Hout * s.H + row % s.Hout * s.Stride) * s.W * s.C;
                for (long o = 0; o < outputs; o++)
                {
                    float* to = py + (row * outputs + o) * s.C;
                    new Span<float>(to, s.C).Clear();
                    for (long i = 0; i < s.Kernel; i++)
                        for (long j = 0; j < s.Kernel; j++)
                            AddRow(image + (i * s.W + o * s.Stride + j) * s.C, scale, to, s.C);
                }
            }
        });
    }

    public void AvgPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer dx)
    {
        float* pdy = Floats(dy), pdx = Floats(dx);
        PoolShape s = shape;
        int outputs = s.Wout;
        float scale = 1f / (s.Kernel * s.Kernel);
        CpuThreads.Ranges((long)s.B * s.H, RowGrain((long)s.W * s.C), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                long b = row / s.H, h = row % s.H;
                float* to = pdx + row * s.W * s.C;
                new Span<float>(to, s.W * s.C).Clear();
                // The output rows whose windows contain this input row.
                long first = h < s.Kernel ? 0 : (h - s.Kernel) / s.Stride + 1, last = Math.Min(s.Hout - 1, h / s.Stride);
                for (long o = first; o <= last; o++)
                    for (long p = 0; p < outputs; p++)
                        for (long j = 0; j < s.Kernel; j++)
                            AddRow(pdy + ((b * s.Hout + o) * outputs + p) * s.C, scale, to + (p * s.Stride + j) * s.C, s.C);
            }
        });
    }
}
