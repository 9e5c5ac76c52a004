using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    // Positions are counted in floats, which are exact up to here.
    private const long ExactPositions = 1 << 24;

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
            float* next = reduced > ExactPositions ? scratch.Floats(inner) : null;
            var nextAt = reduced > ExactPositions ? (long*)scratch.Floats(2 * inner) : null;
            for (long o = start; o < end; o++)
            {
                float* x = px + o * reduced * inner, y = py + o * inner;
                long* index = at + o * inner;
                MaxBlock(x, (nint)Math.Min(reduced, ExactPositions), (nint)inner, y, index, lanes);
                for (long first = ExactPositions; first < reduced; first += ExactPositions)
                {
                    MaxBlock(x + first * inner, (nint)Math.Min(reduced - first, ExactPositions), (nint)inner, next, nextAt, lanes);
                    for (long i = 0; i < inner; i++)
                        if (!float.IsNaN(y[i]) && y[i] < (float.IsNaN(next[i]) ? float.PositiveInfinity : next[i]))
                            (y[i], index[i]) = (next[i], first + nextAt[i]);
                }
            }
        });
    }

    /// <summary>
    /// The first maximum of each column of x (rows, columns), of at most 2²⁴ rows. NaN is ordered like +∞, so that it wins over every finite number.
    /// </summary>
    private static void MaxBlock(float* x, nint rows, nint columns, float* y, long* index, float* lanes)
    {
        if (columns == 1)
            MaxRow(x, rows, lanes, y, index);
        else
            MaxColumns(x, rows, columns, y, index, lanes);
    }

    /// <summary>The first maximum of a row. Every lane keeps the position of its first maximum.</summary>
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

    /// <summary>The first maximum of each of several columns.</summary>
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
                NativeMemory.Clear(block, (nuint)(reduced * inner * sizeof(float)));
                for (long i = 0; i < inner; i++)
                    block[at[o * inner + i] * inner + i] = pdy[o * inner + i];
            }
        });
    }
}
