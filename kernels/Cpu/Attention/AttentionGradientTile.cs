using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// The backward half of <see cref="AttentionTile{TSimd, TVec}"/>. With the probabilities recomputed from each query's
/// log-sum-exp and D = Σ dO·O: dSᵀ = Pᵀ∘(V·dOᵀ − D), dQᵀ = Kᵀ·dSᵀ, dV = P·dO and dK = dS·Q.
/// </summary>
internal static unsafe class AttentionGradientTile<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    /// <summary>Packs rows, times a factor, into row panels (<paramref name="room"/>, 32). Absent rows are zero.</summary>
    public static void PackRowPanels(float* source, nint stride, int rows, int room, int channels, float factor, float* panels)
    {
        int width = AttentionTile<TSimd, TVec>.RowPanel;
        for (int c = 0; c < channels; c += width, panels += (nint)room * width)
        {
            Packing.Straight(source + c, stride, Math.Min(width, channels - c), rows, width, panels);
            new Span<float>(panels + rows * width, (room - rows) * width).Clear();
            if (factor != 1f)
                AttentionTile<TSimd, TVec>.MultiplyAll(rows * width, panels, factor);
        }
    }

    /// <summary>Makes lanes get probability zero until a query's numbers are filled in.</summary>
    public static void ClearStatistics(int lanes, float* logSumExp, float* dots)
    {
        AttentionTile<TSimd, TVec>.Fill(lanes, logSumExp, -AttentionTile<TSimd, TVec>.Blocked);
        AttentionTile<TSimd, TVec>.Fill(lanes, dots, 0f);
    }

    /// <summary>D of each query: the dot products of rows of dO and O.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowDots(nint rows, nint channels, float* a, nint aStride, float* b, nint bStride, float* dots)
    {
        for (nint i = 0; i < rows; i++, a += aStride, b += bStride)
            dots[i] = Dot(channels, a, b);
    }

    /// <summary>The dot product of two short rows without the cost of a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(nint channels, float* a, float* b)
    {
        TVec sum = TSimd.Zero;
        nint c = 0;
        for (; c + TSimd.Width <= channels; c += TSimd.Width)
            sum = TSimd.Fma(TSimd.Load(a + c), TSimd.Load(b + c), sum);
        float dot = TSimd.Sum(sum);
        for (; c < channels; c++)
            dot += a[c] * b[c];
        return dot;
    }

    /// <summary>
    /// What <see cref="SoftmaxBackward"/> does, where the tile holds every key of its queries: p is normalised again and D is Σ p·dp of these
    /// very numbers, so that the gradients of a query's scores cancel to rounding. Sums over queries (a query bias) depend on that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftmaxBackwardWhole(nint keys, float* s, float* dp, float* logSumExp)
    {
        nint w = TSimd.Width;
        for (int half = 0; half < 2; half++, s += w, dp += w, logSumExp += w)
        {
            TVec z = TSimd.Load(logSumExp), total = TSimd.Zero, dot = TSimd.Zero;
            for (nint k = 0; k < keys; k++)
            {
                TVec p = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(s + k * 2 * w), z));
                TSimd.Store(s + k * 2 * w, p);
                total = TSimd.Add(total, p);
                dot = TSimd.Fma(p, TSimd.Load(dp + k * 2 * w), dot);
            }
            // Lanes without a query have no probability at all.
            TVec share = TSimd.Div(TSimd.Broadcast(1f), TSimd.Max(total, TSimd.Broadcast(1e-30f)));
            TVec d = TSimd.Mul(dot, share);
            for (nint k = 0; k < keys; k++)
            {
                TVec p = TSimd.Mul(TSimd.Load(s + k * 2 * w), share);
                TSimd.Store(s + k * 2 * w, p);
                TSimd.Store(dp + k * 2 * w, TSimd.Mul(p, TSimd.Sub(TSimd.Load(dp + k * 2 * w), d)));
            }
        }
    }

    /// <summary>Scores (keys, 2W) become p = exp(s − logSumExp), and dp, the gradient of p, becomes that of s: p·(dp − D).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftmaxBackward(nint keys, float* s, float* dp, float* logSumExp, float* dots)
    {
        nint w = TSimd.Width;
        TVec z0 = TSimd.Load(logSumExp), z1 = TSimd.Load(logSumExp + w);
        TVec d0 = TSimd.Load(dots), d1 = TSimd.Load(dots + w);
        for (; keys > 0; keys--)
        {
            TVec p0 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(s), z0));
            TVec p1 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(s + w), z1));
            TSimd.Store(s, p0);
            TSimd.Store(s + w, p1);
            TSimd.Store(dp, TSimd.Mul(p0, TSimd.Sub(TSimd.Load(dp), d0)));
            TSimd.Store(dp + w, TSimd.Mul(p1, TSimd.Sub(TSimd.Load(dp + w), d1)));
            s += 2 * w;
            dp += 2 * w;
        }
    }
}
