using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void MaxPool2d(in MaxPool2dCall call)
    {
        float* px = Floats(call.X), py = Floats(call.Y);
        var at = (long*)CpuBuffer.Pointer(call.Indices);
        PoolShape s = call.Shape;
        int outputs = s.Wout;
        CpuThreads.Ranges((long)s.B * s.Hout, RowGrain((long)s.W * s.C), (start, end) =>
        {
            using Scratch scratch = Scratch.Open();
            float* lanes = scratch.Floats(Width);
            for (long row = start; row < end; row++)
            {
                float* image = px + row / s.Hout * s.H * s.W * s.C;
                long h = row % s.Hout * s.Stride;
                for (long o = 0; o < outputs; o++)
                {
                    long to = (row * outputs + o) * s.C;
                    MaxWindow(image, (nint)(h * s.W + o * s.Stride), s, py + to, at + to, lanes);
                }
            }
        });
    }

    /// <summary>
    /// The first maximum of every channel in the window whose corner is at a position of the map; NaN is ordered like +∞.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxWindow(float* image, nint corner, PoolShape s, float* y, long* indices, float* lanes)
    {
        nint channels = s.C, kernel = s.Kernel, width = s.W;
        TVec infinity = TSimd.Broadcast(float.PositiveInfinity);
        for (nint c = 0; c < channels; c += TSimd.Width)
        {
            float* x = image + corner * channels + c;
            TVec mask = TSimd.FirstLanes(channels - c);
            TVec best = TSimd.LoadMasked(x, mask), at = TSimd.Zero;
            TVec key = TSimd.Min(best, infinity);
            for (nint i = 0; i < kernel; i++)
            {
                for (nint j = 0; j < kernel; j++)
                {
                    nint step = i * width + j;
                    TVec value = TSimd.LoadMasked(x + step * channels, mask);
                    TVec valueKey = TSimd.Min(value, infinity);
                    TVec larger = TSimd.Less(key, valueKey);
                    best = TSimd.Select(larger, value, best);
                    at = TSimd.Select(larger, TSimd.Broadcast((float)step), at);
                    key = TSimd.Max(key, valueKey);
                }
            }
            TSimd.StoreMasked(y + c, mask, best);
            TSimd.Store(lanes, at);
            for (nint lane = 0; lane < TSimd.Width && lane < channels - c; lane++)
                indices[c + lane] = corner + (long)lanes[lane];
        }
    }

    public void MaxPool2dBackward(in MaxPool2dBackwardCall call)
    {
        float* pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        var at = (long*)CpuBuffer.Pointer(call.Indices);
        PoolShape s = call.Shape;
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
}
