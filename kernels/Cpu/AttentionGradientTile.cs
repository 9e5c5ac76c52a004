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
    /// <summary>The number of columns, padded to whole register tiles.</summary>
    public static int PadColumns(int columns) => AttentionTile<TSimd, TVec>.Tiles(columns) * AttentionTile<TSimd, TVec>.Queries;

    /// <summary>
    /// Packs up to 2W query rows, times a factor, as right-hand panels that contract over queries: one of (2W, 2W) for every 2W
    /// channels. Absent rows are zero.
    /// </summary>
    public static void PackQueryRows(float* source, nint stride, int rows, int channels, float factor, float* panels)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries;
        nint panel = (nint)lanes * lanes;
        for (int c = 0; c < channels; c += lanes)
        {
            float* p = panels + c / lanes * panel;
            Packing.Straight(source + c, stride, Math.Min(lanes, channels - c), rows, lanes, p);
            new Span<float>(p + rows * lanes, (lanes - rows) * lanes).Clear();
        }
        if (factor != 1f)
            AttentionTile<TSimd, TVec>.MultiplyAll(PadColumns(channels) * (nint)lanes, panels, factor);
    }

    /// <summary>Makes a tile's lanes get probability zero until a query's numbers are filled in.</summary>
    public static void ClearStatistics(float* logSumExp, float* dots)
    {
        AttentionTile<TSimd, TVec>.Fill(AttentionTile<TSimd, TVec>.Queries, logSumExp, -AttentionTile<TSimd, TVec>.Blocked);
        AttentionTile<TSimd, TVec>.Fill(AttentionTile<TSimd, TVec>.Queries, dots, 0f);
    }

    /// <summary>D of each query: the dot products of rows of dO and O.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowDots(nint rows, nint channels, float* a, nint aStride, float* b, nint bStride, float* dots)
    {
        for (nint i = 0; i < rows; i++)
        {
            TVec sum = TSimd.Zero;
            nint c = 0;
            for (; c + TSimd.Width <= channels; c += TSimd.Width)
                sum = TSimd.Fma(TSimd.Load(a + c), TSimd.Load(b + c), sum);
            float dot = TSimd.Sum(sum);
            for (; c < channels; c++)
                dot += a[c] * b[c];
            dots[i] = dot;
            a += aStride;
            b += bStride;
        }
    }

    /// <summary>
    /// What <see cref="SoftmaxBackward"/> does, where the tile holds every key of its queries: p is normalised again and D is Σ p·dp of these very numbers, so that the gradients of
    /// a query's scores cancel to rounding. Sums over queries (a query bias) depend on that.
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

    /// <summary>
    /// c (keys, columns) = or += x · rows, with x a transposed tile (keys, 2W) and rows the panels of
    /// <see cref="PackQueryRows"/>. <paramref name="left"/> is room for one left-hand panel (2W, TileRows); c has whole register
    /// tiles and <paramref name="columns"/> is padded.
    /// </summary>
    public static void AddProduct(int keys, float* x, float* rows, int columns, float* left, float* c, bool accumulate)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries, tileRows = TSimd.TileRows;
        for (int r = 0; r < keys; r += tileRows)
        {
            Packing.Transposed(x + (nint)r * lanes, lanes, Math.Min(tileRows, keys - r), lanes, tileRows, left);
            for (int j = 0; j < columns; j += lanes)
                MicroKernel<TSimd, TVec>.MultiplyRows(
                    keys - r, lanes, left, rows + (nint)j * lanes, c + (nint)r * columns + j, columns, accumulate);
        }
    }
}
