using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void GroupNorm(in GroupNormCall call)
    {
        (int batch, long positions, int channels, int groups, float epsilon) = (call.Batch, call.Positions, call.Channels, call.Groups, call.Epsilon);
        float* px = Floats(call.X), pw = Floats(call.Weight), pb = Floats(call.Bias), py = Floats(call.Y), pm = Floats(call.Mean), pr = Floats(call.Rstd);
        long length = GroupNormBlock(channels), blocks = (positions + length - 1) / length;
        int width = channels / groups;
        using Scratch scratch = Scratch.Open();
        float* means = scratch.Floats(batch * blocks * channels), squares = scratch.Floats(batch * blocks * channels);
        float* channelMean = scratch.Floats((long)batch * channels), channelScale = scratch.Floats((long)batch * channels);
        CpuThreads.For((int)(batch * blocks), item =>
        {
            long b = item / blocks, first = item % blocks * length;
            var rows = (nint)Math.Min(length, positions - first);
            float* source = px + (b * positions + first) * channels;
            float* m = means + (long)item * channels, s = squares + (long)item * channels;
            SumRows(source, channels, rows, m, channels, 1f / rows);
            SquaredDeviationRows(source, channels, rows, m, s, channels);
        });
        for (long b = 0; b < batch; b++)
        {
            for (int g = 0; g < groups; g++)
            {
                (double m, double v) = CombineMoments(
                    means + b * blocks * channels + g * width, squares + b * blocks * channels + g * width,
                    blocks, length, positions, channels, width);
                pm[b * groups + g] = (float)m;
                var r = (float)(1 / Math.Sqrt(v + epsilon));
                pr[b * groups + g] = r;
                for (long c = g * width; c < (g + 1) * width; c++)
                {
                    channelMean[b * channels + c] = (float)m;
                    channelScale[b * channels + c] = r * pw[c];
                }
            }
        }
        CpuThreads.For((int)(batch * blocks), item =>
        {
            long b = item / blocks, first = item % blocks * length, end = Math.Min(positions, first + length);
            for (long p = b * positions + first; p < b * positions + end; p++)
                NormalizeChannels(
                    px + p * channels, channelMean + b * channels, channelScale + b * channels, pb, py + p * channels, channels);
        });
    }

    /// <summary>
    /// Positions whose moments are taken together: at most 128 KB of x, so that the second pass finds them in L2, and few
    /// enough to be summed one after the other.
    /// </summary>
    private static long GroupNormBlock(int channels) => Math.Clamp(32768 / channels, 8, 128);

    /// <summary>
    /// Mean and variance of a group from the means and squared deviations of its channels in every block: the squared
    /// deviations from the common mean are those from the block means plus the block means' own.
    /// </summary>
    private static (double Mean, double Variance) CombineMoments(
        float* means, float* squares, long blocks, long length, long positions, int channels, int width)
    {
        double sum = 0, deviations = 0;
        for (long block = 0; block < blocks; block++)
        {
            long n = Math.Min(length, positions - block * length);
            for (int c = 0; c < width; c++)
                sum += n * (double)means[block * channels + c];
        }
        // Of no positions both are 0.
        double count = Math.Max(1, (double)positions * width), mean = sum / count;
        for (long block = 0; block < blocks; block++)
        {
            long n = Math.Min(length, positions - block * length);
            for (int c = 0; c < width; c++)
            {
                double d = means[block * channels + c] - mean;
                deviations += squares[block * channels + c] + n * d * d;
            }
        }
        return (mean, deviations / count);
    }

    /// <summary>y (n) = Σ over rows of (x − mean)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SquaredDeviationRows(float* x, nint stride, nint rows, float* mean, float* y, nint n)
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec m = TSimd.LoadMasked(mean + i, mask), sum = TSimd.Zero;
            float* p = x + i;
            for (nint r = rows; r > 0; r--, p += stride)
            {
                TVec d = TSimd.Sub(TSimd.LoadMasked(p, mask), m);
                sum = TSimd.Fma(d, d, sum);
            }
            TSimd.StoreMasked(y + i, mask, sum);
        }
    }

    /// <summary>y = (x − mean) · scale + bias, all per channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeChannels(float* x, float* mean, float* scale, float* bias, float* y, nint n)
    {
        nint w = TSimd.Width, i = 0;
        for (; i <= n - w; i += w)
        {
            TVec d = TSimd.Sub(TSimd.Load(x + i), TSimd.Load(mean + i));
            TSimd.Store(y + i, TSimd.Fma(d, TSimd.Load(scale + i), TSimd.Load(bias + i)));
        }
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec d = TSimd.Sub(TSimd.LoadMasked(x + i, mask), TSimd.LoadMasked(mean + i, mask));
            TSimd.StoreMasked(y + i, mask, TSimd.Fma(d, TSimd.LoadMasked(scale + i, mask), TSimd.LoadMasked(bias + i, mask)));
        }
    }

    public void GroupNormBackward(in GroupNormBackwardCall call)
    {
        (int batch, long positions, int channels, int groups) = (call.Batch, call.Positions, call.Channels, call.Groups);
        float* px = Floats(call.X), pw = Floats(call.Weight), pm = Floats(call.Mean), pr = Floats(call.Rstd), pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        float* pdw = Floats(call.DWeight), pdb = Floats(call.DBias);
        long length = GroupNormBlock(channels), blocks = (positions + length - 1) / length;
        int width = channels / groups;
        using Scratch scratch = Scratch.Open();
        long rows = batch * blocks;
        float* sums = scratch.Floats(rows * channels), dots = scratch.Floats(rows * channels);
        float* sum = scratch.Floats((long)batch * channels), dot = scratch.Floats((long)batch * channels);
        float* channelMean = scratch.Floats((long)batch * channels);
        for (long i = 0; i < (long)batch * channels; i++)
            channelMean[i] = pm[i / width];
        CpuThreads.For((int)rows, item =>
        {
            long b = item / blocks, first = item % blocks * length;
            var n = (nint)Math.Min(length, positions - first);
            long at = (b * positions + first) * channels;
            long to = (long)item * channels;
            GroupNormSums(px + at, pdy + at, channelMean + b * channels, n, channels, sums + to, dots + to);
        });
        SumColumnBlocks(sums, sum, batch, blocks, channels, 1f);
        SumColumnBlocks(dots, dot, batch, blocks, channels, 1f);
        // call.Dx = call.Rstd·call.Weight·call.Dy − call.Rstd/n·(Σ g + call.X̂·Σ g·call.X̂),
        // as call.Dy·first + (call.X − call.Mean)·second + third per channel.
        float* first = scratch.Floats((long)batch * channels), second = scratch.Floats((long)batch * channels);
        float* third = scratch.Floats((long)batch * channels);
        new Span<float>(pdw, channels).Clear();
        new Span<float>(pdb, channels).Clear();
        for (long i = 0; i < (long)batch * groups; i++)
        {
            double r = pr[i], gradient = 0, projection = 0, count = Math.Max(1, (double)positions * width);
            for (long j = i * width; j < (i + 1) * width; j++)
            {
                long c = j % channels;
                gradient += (double)pw[c] * sum[j];
                projection += pw[c] * r * dot[j];
                pdw[c] += (float)(dot[j] * r);
                pdb[c] += sum[j];
            }
            for (long j = i * width; j < (i + 1) * width; j++)
            {
                first[j] = (float)(r * pw[j % channels]);
                second[j] = (float)(-r * r * projection / count);
                third[j] = (float)(-r * gradient / count);
            }
        }
        CpuThreads.For((int)rows, item =>
        {
            long b = item / blocks, start = item % blocks * length, end = Math.Min(positions, start + length), k = b * channels;
            for (long p = b * positions + start; p < b * positions + end; p++)
                GroupNormBackwardRow(
                    px + p * channels, pdy + p * channels, channelMean + k, first + k, second + k, third + k,
                    pdx + p * channels, channels);
        });
    }

    /// <summary>Per channel: sums = Σ dy, dots = Σ dy · (x − mean).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GroupNormSums(float* x, float* dy, float* mean, nint rows, nint n, float* sums, float* dots)
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec m = TSimd.LoadMasked(mean + i, mask), sum = TSimd.Zero, dot = TSimd.Zero;
            nint at = i;
            for (nint r = rows; r > 0; r--, at += n)
            {
                TVec d = TSimd.LoadMasked(dy + at, mask);
                sum = TSimd.Add(sum, d);
                dot = TSimd.Fma(d, TSimd.Sub(TSimd.LoadMasked(x + at, mask), m), dot);
            }
            TSimd.StoreMasked(sums + i, mask, sum);
            TSimd.StoreMasked(dots + i, mask, dot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GroupNormBackwardRow(
        float* x, float* dy, float* mean, float* first, float* second, float* third, float* dx, nint n)
    {
        nint w = TSimd.Width, i = 0;
        for (; i <= n - w; i += w)
        {
            TVec d = TSimd.Sub(TSimd.Load(x + i), TSimd.Load(mean + i));
            TVec rest = TSimd.Fma(d, TSimd.Load(second + i), TSimd.Load(third + i));
            TSimd.Store(dx + i, TSimd.Fma(TSimd.Load(dy + i), TSimd.Load(first + i), rest));
        }
        if (i < n)
        {
            TVec mask = TSimd.FirstLanes(n - i);
            TVec d = TSimd.Sub(TSimd.LoadMasked(x + i, mask), TSimd.LoadMasked(mean + i, mask));
            TVec rest = TSimd.Fma(d, TSimd.LoadMasked(second + i, mask), TSimd.LoadMasked(third + i, mask));
            TSimd.StoreMasked(dx + i, mask, TSimd.Fma(TSimd.LoadMasked(dy + i, mask), TSimd.LoadMasked(first + i, mask), rest));
        }
    }
}
