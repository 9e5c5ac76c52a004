using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Max(in MaxCall call)
    {
        (long outer, long reduced, long inner) = (call.Outer, call.Reduced, call.Inner);
        float* px = Floats(call.X), py = Floats(call.Y);
        var at = (long*)CpuBuffer.Pointer(call.Indices);
        CpuThreads.Ranges(outer, RowGrain(reduced * inner), (start, end) =>
        {
            using Scratch scratch = Scratch.Open();
            float* lanes = scratch.Floats(Width);
            for (int lane = 0; lane < Width; lane++)
                lanes[lane] = lane;
            for (long o = start; o < end; o++)
            {
                if (inner == 1)
                    MaxRow(px + o * reduced, (nint)reduced, lanes, py + o, at + o);
                else
                    MaxColumns(px + o * reduced * inner, (nint)reduced, (nint)inner, py + o * inner, at + o * inner, lanes);
            }
        });
    }

    /// <summary>
    /// The first maximum of a row (fewer than 2²⁴ elements, so that positions are exact as floats). Every lane keeps the
    /// position of its first maximum; NaN is ordered like +∞, so that it wins over every finite number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxRow(float* x, nint n, float* lanes, float* y, long* index)
    {
        nint w = TSimd.Width;
        TVec infinity = TSimd.Broadcast(float.PositiveInfinity), none = TSimd.Broadcast(float.NegativeInfinity);
        TVec position = TSimd.Load(lanes), step = TSimd.Broadcast(w);
        TVec mask = TSimd.FirstLanes(n);
        TVec key = TSimd.Select(mask, TSimd.Min(TSimd.LoadMasked(x, mask), infinity), none), at = position;
        for (nint i = w; i < n; i += w)
        {
            mask = TSimd.FirstLanes(n - i);
            position = TSimd.Add(position, step);
            TVec candidate = TSimd.Select(mask, TSimd.Min(TSimd.LoadMasked(x + i, mask), infinity), none);
            at = TSimd.Select(TSimd.Less(key, candidate), position, at);
            key = TSimd.Max(key, candidate);
        }
        TVec smaller = TSimd.Less(key, TSimd.Broadcast(TSimd.MaxLane(key)));
        var first = (long)-TSimd.MaxLane(TSimd.Select(smaller, none, TSimd.Sub(TSimd.Zero, at)));
        *y = x[first];
        *index = first;
    }

    /// <summary>The first maximum of each column, in the order of <see cref="MaxRow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxColumns(float* x, nint rows, nint columns, float* y, long* indices, float* lanes)
    {
        nint w = TSimd.Width;
        TVec infinity = TSimd.Broadcast(float.PositiveInfinity);
        for (nint c = 0; c < columns; c += w)
        {
            TVec mask = TSimd.FirstLanes(columns - c);
            TVec best = TSimd.LoadMasked(x + c, mask), at = TSimd.Zero;
            TVec key = TSimd.Min(best, infinity);
            for (nint r = 1; r < rows; r++)
            {
                TVec value = TSimd.LoadMasked(x + r * columns + c, mask);
                TVec valueKey = TSimd.Min(value, infinity);
                TVec larger = TSimd.Less(key, valueKey);
                best = TSimd.Select(larger, value, best);
                at = TSimd.Select(larger, TSimd.Broadcast((float)r), at);
                key = TSimd.Max(key, valueKey);
            }
            TSimd.StoreMasked(y + c, mask, best);
            TSimd.Store(lanes, at);
            for (nint lane = 0; lane < w && lane < columns - c; lane++)
                indices[c + lane] = (long)lanes[lane];
        }
    }

    public void MaxBackward(in MaxBackwardCall call)
    {
        (long outer, long reduced, long inner) = (call.Outer, call.Reduced, call.Inner);
        float* pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        var at = (long*)CpuBuffer.Pointer(call.Indices);
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
