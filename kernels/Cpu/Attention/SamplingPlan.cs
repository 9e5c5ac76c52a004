using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Where the bilinear samples of a few queries of one head read and with what weights, worked out for a vector of samples at a
/// time. Corners outside the map are moved to its edge and weigh zero, so that reading needs no branches.
/// </summary>
internal unsafe ref struct SamplingPlan<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private readonly DeformableAttentionShape _shape;
    private readonly int _perQuery;

    // Per sample: its location and attention weight, and the width, height and first token of its level.
    private readonly float* _x, _y, _weight, _levelWidth, _levelHeight, _levelStart;

    // (2, Padded): weights of the two cells of each axis and how they change with the coordinate; both are zero outside.
    private readonly float* _weightX, _weightY, _slopeX, _slopeY;

    /// <summary>Takes memory for the given number of queries from <paramref name="scratch"/>.</summary>
    public SamplingPlan(DeformableAttentionShape shape, int queries, in Scratch scratch)
    {
        _shape = shape;
        _perQuery = shape.Levels.Count * shape.Points;
        // Whole vectors are computed, so every array ends with room for one more and starts with harmless numbers.
        int padded = queries * _perQuery + TSimd.Width;
        float* arrays = scratch.Floats(22L * padded);
        AttentionTile<TSimd, TVec>.Fill(22 * padded, arrays, 0f);
        _x = arrays;
        _y = arrays + padded;
        _weight = arrays + 2 * padded;
        _levelWidth = arrays + 3 * padded;
        _levelHeight = arrays + 4 * padded;
        _levelStart = arrays + 5 * padded;
        Token = arrays + 6 * padded;
        Corner = arrays + 10 * padded;
        _weightX = arrays + 14 * padded;
        _weightY = arrays + 16 * padded;
        _slopeX = arrays + 18 * padded;
        _slopeY = arrays + 20 * padded;
        Padded = padded;
        for (int i = 0; i < queries * _perQuery; i++)
        {
            int level = i % _perQuery / shape.Points;
            (int h, int w) = shape.Levels[level];
            _levelWidth[i] = w;
            _levelHeight[i] = h;
            for (int l = 0; l < level; l++)
                _levelStart[i] += shape.Levels[l].H * shape.Levels[l].W;
        }
    }

    /// <summary>Distance between the arrays of <see cref="Token"/>, <see cref="Corner"/> and the weights.</summary>
    public int Padded { get; }

    /// <summary>(4, Padded): tokens that the corners (y0,x0), (y0,x1), (y1,x0), (y1,x1) read, as floats (exact below 2²⁴).</summary>
    public float* Token { get; }

    /// <summary>(4, Padded): what the corners weigh, the attention weight included.</summary>
    public float* Corner { get; }

    /// <summary>Plans the samples of queries first … first+count−1 of a head.</summary>
    public readonly void Build(float* locations, float* weights, int b, int head, int first, int count)
    {
        nint at = (((nint)b * _shape.Q + first) * _shape.Heads + head) * _perQuery;
        Collect(count, _perQuery, _shape.Heads * _perQuery, locations + 2 * at, weights + at, _x, _y, _weight);
        int samples = count * _perQuery;
        Axis(samples, Padded, _x, _levelWidth, _weightX, _slopeX, Token);
        Axis(samples, Padded, _y, _levelHeight, _weightY, _slopeY, Token + 2 * Padded);
        Combine(samples, Padded, _levelWidth, _levelStart, _weight, _weightX, _weightY, Token, Corner);
    }

    /// <summary>
    /// From the dot products (4, Padded) of the corners' values with the output gradient to the gradients of location and
    /// attention weight: bilinear weights are linear in x and y between cells, and zero corners take no part. It uses up the plan.
    /// </summary>
    public readonly void Differentiate(float* dots, int b, int head, int first, int count, float* dLocations, float* dWeights)
    {
        int samples = count * _perQuery;
        AxisGradient(samples, Padded, _weight, _levelWidth, _slopeX, _weightY, dots, Padded, 2 * Padded, _x);
        AxisGradient(samples, Padded, _weight, _levelHeight, _slopeY, _weightX, dots, 2 * Padded, Padded, _y);
        WeightGradient(samples, Padded, _weightX, _weightY, dots, _weight);
        nint at = (((nint)b * _shape.Q + first) * _shape.Heads + head) * _perQuery;
        Distribute(count, _perQuery, _shape.Heads * _perQuery, _x, _y, _weight, dLocations + 2 * at, dWeights + at);
    }

    // One head's samples, side by side and with coordinates apart. The next queries' are asked for meanwhile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Collect(
        nint queries, nint perQuery, nint stride, float* locations, float* weights, float* x, float* y, float* weight)
    {
        nint ahead = queries * stride;
        for (; queries > 0; queries--)
        {
            for (nint i = 0; i < perQuery; i++)
            {
                x[i] = locations[2 * i];
                y[i] = locations[2 * i + 1];
                weight[i] = weights[i];
            }
            if (Sse.IsSupported)
            {
                for (nint i = 0; i < perQuery; i += 8)
                    Sse.Prefetch0(locations + 2 * (ahead + i));
                for (nint i = 0; i < perQuery; i += 16)
                    Sse.Prefetch0(weights + ahead + i);
            }
            x += perQuery;
            y += perQuery;
            weight += perQuery;
            locations += 2 * stride;
            weights += stride;
        }
    }

    // The inverse of Collect, for gradients.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Distribute(
        nint queries, nint perQuery, nint stride, float* dX, float* dY, float* dWeight, float* dLocations, float* dWeights)
    {
        for (; queries > 0; queries--)
        {
            for (nint i = 0; i < perQuery; i++)
            {
                dLocations[2 * i] = dX[i];
                dLocations[2 * i + 1] = dY[i];
                dWeights[i] = dWeight[i];
            }
            dX += perQuery;
            dY += perQuery;
            dWeight += perQuery;
            dLocations += 2 * stride;
            dWeights += stride;
        }
    }

    // The two cells that each coordinate lies between, clamped to the map, and their weights.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Axis(nint count, nint padded, float* location, float* size, float* weight, float* slope, float* cell)
    {
        TVec zero = TSimd.Zero, half = TSimd.Broadcast(0.5f), one = TSimd.Broadcast(1f), minusOne = TSimd.Broadcast(-1f);
        for (nint i = 0; i < count; i += TSimd.Width)
        {
            TVec n = TSimd.Load(size + i);
            TVec x = TSimd.Sub(TSimd.Mul(TSimd.Load(location + i), n), half);
            TVec low = TSimd.Round(x);
            low = TSimd.Select(TSimd.Less(x, low), TSimd.Sub(low, one), low);
            TVec part = TSimd.Sub(x, low);
            TVec high = TSimd.Add(low, one);
            TVec last = TSimd.Sub(n, one);
            TSimd.Store(weight + i, Inside(low, last, TSimd.Sub(one, part)));
            TSimd.Store(weight + padded + i, Inside(high, last, part));
            TSimd.Store(slope + i, Inside(low, last, minusOne));
            TSimd.Store(slope + padded + i, Inside(high, last, one));
            TSimd.Store(cell + i, TSimd.Min(TSimd.Max(low, zero), last));
            TSimd.Store(cell + padded + i, TSimd.Min(TSimd.Max(high, zero), last));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Inside(TVec cell, TVec last, TVec weight) =>
        TSimd.Select(TSimd.Less(cell, TSimd.Zero), TSimd.Zero, TSimd.Select(TSimd.Less(last, cell), TSimd.Zero, weight));

    // From cells (x0, x1, y0, y1) to the four corners' tokens, in place, and weights.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(
        nint count, nint padded, float* width, float* start, float* attention, float* weightX, float* weightY, float* token,
        float* corner)
    {
        for (nint i = 0; i < count; i += TSimd.Width)
        {
            float* t = token + i, c = corner + i;
            TVec w = TSimd.Load(width + i), s = TSimd.Load(start + i), a = TSimd.Load(attention + i);
            TVec x0 = TSimd.Load(t), x1 = TSimd.Load(t + padded);
            TVec row0 = TSimd.Fma(TSimd.Load(t + 2 * padded), w, s), row1 = TSimd.Fma(TSimd.Load(t + 3 * padded), w, s);
            TSimd.Store(t, TSimd.Add(row0, x0));
            TSimd.Store(t + padded, TSimd.Add(row0, x1));
            TSimd.Store(t + 2 * padded, TSimd.Add(row1, x0));
            TSimd.Store(t + 3 * padded, TSimd.Add(row1, x1));
            TVec wx0 = TSimd.Load(weightX + i), wx1 = TSimd.Load(weightX + padded + i);
            TVec wy0 = TSimd.Mul(a, TSimd.Load(weightY + i)), wy1 = TSimd.Mul(a, TSimd.Load(weightY + padded + i));
            TSimd.Store(c, TSimd.Mul(wy0, wx0));
            TSimd.Store(c + padded, TSimd.Mul(wy0, wx1));
            TSimd.Store(c + 2 * padded, TSimd.Mul(wy1, wx0));
            TSimd.Store(c + 3 * padded, TSimd.Mul(wy1, wx1));
        }
    }

    // The gradient of one coordinate; along and across are the distances between the dot products of neighbours on the two axes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AxisGradient(
        nint count, nint padded, float* attention, float* size, float* slope, float* crossWeight, float* dots, nint along,
        nint across, float* gradient)
    {
        for (nint i = 0; i < count; i += TSimd.Width)
        {
            float* c = dots + i;
            TVec s0 = TSimd.Load(slope + i), s1 = TSimd.Load(slope + padded + i);
            TVec near = TSimd.Fma(s0, TSimd.Load(c), TSimd.Mul(s1, TSimd.Load(c + along)));
            TVec far = TSimd.Fma(s0, TSimd.Load(c + across), TSimd.Mul(s1, TSimd.Load(c + along + across)));
            TVec sum = TSimd.Fma(TSimd.Load(crossWeight + i), near, TSimd.Mul(TSimd.Load(crossWeight + padded + i), far));
            TSimd.Store(gradient + i, TSimd.Mul(sum, TSimd.Mul(TSimd.Load(attention + i), TSimd.Load(size + i))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient(nint count, nint padded, float* weightX, float* weightY, float* dots, float* gradient)
    {
        for (nint i = 0; i < count; i += TSimd.Width)
        {
            float* c = dots + i;
            TVec x0 = TSimd.Load(weightX + i), x1 = TSimd.Load(weightX + padded + i);
            TVec upper = TSimd.Fma(x0, TSimd.Load(c), TSimd.Mul(x1, TSimd.Load(c + padded)));
            TVec lower = TSimd.Fma(x0, TSimd.Load(c + 2 * padded), TSimd.Mul(x1, TSimd.Load(c + 3 * padded)));
            TVec sum = TSimd.Fma(TSimd.Load(weightY + i), upper, TSimd.Mul(TSimd.Load(weightY + padded + i), lower));
            TSimd.Store(gradient + i, sum);
        }
    }
}
