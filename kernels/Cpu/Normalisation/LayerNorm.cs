using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void LayerNorm(in LayerNormCall call)
    {
        (long rows, int channels, float epsilon) = (call.Rows, call.Channels, call.Epsilon);
        float* px = Floats(call.X), pw = Floats(call.Weight), pb = Floats(call.Bias), py = Floats(call.Y);
        float* pm = call.Mean is null ? null : Floats(call.Mean), pr = call.Rstd is null ? null : Floats(call.Rstd);
        CpuThreads.Ranges(rows, RowGrain(channels), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                float* xr = px + row * channels;
                float m = SumVector(xr, channels) / channels;
                float r = 1f / MathF.Sqrt(SquaredDeviations(xr, m, channels) / channels + epsilon);
                NormalizeRow(xr, m, r, pw, pb, py + row * channels, channels);
                if (pm != null)
                    pm[row] = m;
                if (pr != null)
                    pr[row] = r;
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SquaredDeviations(float* x, float mean, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec m = TSimd.Broadcast(mean), s0 = TSimd.Zero, s1 = TSimd.Zero;
        for (; i <= n - 2 * w; i += 2 * w)
        {
            TVec d0 = TSimd.Sub(TSimd.Load(x + i), m), d1 = TSimd.Sub(TSimd.Load(x + i + w), m);
            s0 = TSimd.Fma(d0, d0, s0);
            s1 = TSimd.Fma(d1, d1, s1);
        }
        for (; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec d = TSimd.Select(mask, TSimd.Sub(TSimd.LoadMasked(x + i, mask), m), TSimd.Zero);
            s0 = TSimd.Fma(d, d, s0);
        }
        return TSimd.Sum(TSimd.Add(s0, s1));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeRow(float* x, float mean, float rstd, float* weight, float* bias, float* y, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec m = TSimd.Broadcast(mean), r = TSimd.Broadcast(rstd);
        for (; i <= n - w; i += w)
        {
            TVec normal = TSimd.Mul(TSimd.Sub(TSimd.Load(x + i), m), r);
            TSimd.Store(y + i, TSimd.Fma(normal, TSimd.Load(weight + i), TSimd.Load(bias + i)));
        }
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec normal = TSimd.Mul(TSimd.Sub(TSimd.LoadMasked(x + i, mask), m), r);
            TSimd.StoreMasked(
                y + i, mask, TSimd.Fma(normal, TSimd.LoadMasked(weight + i, mask), TSimd.LoadMasked(bias + i, mask)));
        }
    }

    public void LayerNormBackward(in LayerNormBackwardCall call)
    {
        (long rows, int channels) = (call.Rows, call.Channels);
        float* px = Floats(call.X), pw = Floats(call.Weight), pm = Floats(call.Mean), pr = Floats(call.Rstd), pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        using Scratch scratch = Scratch.Open();
        // The parts depend on the shape alone, so that the sums do not change with the number of threads.
        long rowsPerPart = Math.Max(16, (rows + 127) / 128);
        long parts = (rows + rowsPerPart - 1) / rowsPerPart;
        float* weightParts = scratch.Floats(parts * channels), biasParts = scratch.Floats(parts * channels);
        CpuThreads.Ranges(parts, Math.Max(1, RowGrain(channels) / rowsPerPart), (first, last) =>
        {
            for (long part = first; part < last; part++)
            {
                float* dw = weightParts + part * channels, db = biasParts + part * channels;
                new Span<float>(dw, channels).Clear();
                new Span<float>(db, channels).Clear();
                long end = Math.Min(rows, (part + 1) * rowsPerPart);
                for (long row = part * rowsPerPart; row < end; row++)
                {
                    long at = row * channels;
                    LayerNormBackwardRow(px + at, pw, pm[row], pr[row], pdy + at, pdx + at, dw, db, channels);
                }
            }
        });
        SumColumnBlocks(weightParts, Floats(call.DWeight), 1, parts, channels, 1f);
        SumColumnBlocks(biasParts, Floats(call.DBias), 1, parts, channels, 1f);
    }

    /// <summary>dx = rstd · (g − mean(g) − x̂ · mean(g·x̂)) with g = dy·weight; dWeight += dy·x̂, dBias += dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayerNormBackwardRow(
        float* x, float* weight, float mean, float rstd, float* dy, float* dx, float* dWeight, float* dBias, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec m = TSimd.Broadcast(mean), r = TSimd.Broadcast(rstd);
        TVec sum = TSimd.Zero, dot = TSimd.Zero;
        for (; i <= n - w; i += w)
        {
            TVec normal = TSimd.Mul(TSimd.Sub(TSimd.Load(x + i), m), r);
            TVec d = TSimd.Load(dy + i);
            TSimd.Store(dWeight + i, TSimd.Fma(d, normal, TSimd.Load(dWeight + i)));
            TSimd.Store(dBias + i, TSimd.Add(d, TSimd.Load(dBias + i)));
            TVec g = TSimd.Mul(d, TSimd.Load(weight + i));
            sum = TSimd.Add(sum, g);
            dot = TSimd.Fma(g, normal, dot);
        }
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec normal = TSimd.Mul(TSimd.Sub(TSimd.LoadMasked(x + i, mask), m), r);
            TVec d = TSimd.LoadMasked(dy + i, mask);
            TSimd.StoreMasked(dWeight + i, mask, TSimd.Fma(d, normal, TSimd.LoadMasked(dWeight + i, mask)));
            TSimd.StoreMasked(dBias + i, mask, TSimd.Add(d, TSimd.LoadMasked(dBias + i, mask)));
            TVec g = TSimd.Mul(d, TSimd.LoadMasked(weight + i, mask));
            sum = TSimd.Add(sum, g);
            dot = TSimd.Add(dot, TSimd.Select(mask, TSimd.Mul(g, normal), TSimd.Zero));
        }
        TVec a = TSimd.Broadcast(TSimd.Sum(sum) / n), b = TSimd.Broadcast(TSimd.Sum(dot) / n);
        for (i = 0; i <= n - w; i += w)
        {
            TVec normal = TSimd.Mul(TSimd.Sub(TSimd.Load(x + i), m), r);
            TVec g = TSimd.Sub(TSimd.Mul(TSimd.Load(dy + i), TSimd.Load(weight + i)), a);
            TSimd.Store(dx + i, TSimd.Mul(r, TSimd.Sub(g, TSimd.Mul(normal, b))));
        }
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec normal = TSimd.Mul(TSimd.Sub(TSimd.LoadMasked(x + i, mask), m), r);
            TVec g = TSimd.Sub(TSimd.Mul(TSimd.LoadMasked(dy + i, mask), TSimd.LoadMasked(weight + i, mask)), a);
            TSimd.StoreMasked(dx + i, mask, TSimd.Mul(r, TSimd.Sub(g, TSimd.Mul(normal, b))));
        }
    }
}
