using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// What every softmax attention here is made of. Scores live in transposed tiles Sᵀ (keys, 2W): one row per key, one lane
/// per query, W being the vector width. So the softmax over keys is a vertical reduction, and the tile is the packed right-hand
/// operand of the next product as it stands: Sᵀ = K·Qᵀ and Oᵀ = Vᵀ·Pᵀ. Tiles of 2W queries are padded with zero queries; rows
/// of a product are padded to whole register tiles.
/// </summary>
internal static unsafe class AttentionTile<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    /// <summary>Added to the score of a key that may not be attended to: finite, so that no NaN can arise from it.</summary>
    public const float Blocked = -1e30f;

    /// <summary>Where a running maximum starts.</summary>
    public const float Lowest = -3e38f;

    /// <summary>Queries in one tile.</summary>
    public static int Queries => 2 * TSimd.Width;

    /// <summary>
    /// Columns of a row panel. A matrix that is contracted over its rows as well as over its columns lies in panels (rows, 32),
    /// one for every 32 columns, on any instruction set: many heads have 32 channels, so that whole rows are contracted at once.
    /// </summary>
    public static int RowPanel => Packing.MaxLanes;

    /// <summary>The number of rows, padded to whole register tiles.</summary>
    public static int PadRows(int rows) => (rows + TSimd.TileRows - 1) / TSimd.TileRows * TSimd.TileRows;

    /// <summary>The number of columns, padded to whole row panels.</summary>
    public static int PadPanels(int columns) => (columns + RowPanel - 1) / RowPanel * RowPanel;

    /// <summary>The number of columns, padded to whole register tiles.</summary>
    public static int PadColumns(int columns) => Tiles(columns) * Queries;

    /// <summary>The number of tiles that cover the queries.</summary>
    public static int Tiles(int queries) => (queries + Queries - 1) / Queries;

    /// <summary>Packs rows (tokens) as the lanes of left-hand panels that contract over channels.</summary>
    public static void PackRows(float* source, nint stride, int rows, int channels, float* panels) =>
        Packing.Transposed(source, stride, rows, channels, TSimd.TileRows, panels);

    /// <summary>Packs channels as the lanes of left-hand panels that contract over rows (tokens).</summary>
    public static void PackChannels(float* source, nint stride, int rows, int channels, float* panels) =>
        Packing.Straight(source, stride, channels, rows, TSimd.TileRows, panels);

    /// <summary>Packs up to 2W query rows, times a factor, as a right-hand panel (channels, 2W).</summary>
    public static void PackQueries(float* source, nint stride, int rows, int channels, float factor, float* panel)
    {
        Packing.Transposed(source, stride, rows, channels, Queries, panel);
        if (factor != 1f)
            MultiplyAll((nint)channels * Queries, panel, factor);
    }

    /// <summary>c (rows, 2W) = or += a · b with a in panels of (depth, TileRows) and b one panel (depth, 2W).</summary>
    public static void Product(int rows, int depth, float* aPanels, float* b, float* c, bool accumulate)
    {
        nint columns = Queries;
        for (int r = 0; r < rows; r += TSimd.TileRows)
            MicroKernel<TSimd, TVec>.MultiplyRows<PackedLeft<TSimd, TVec>>(
                rows - r, depth, aPanels + (nint)r * depth, b, columns, c + r * columns, columns, accumulate);
    }

    /// <summary>s (rows, 2W) = x · b with x in row panels, read in place, and b one panel (channels, 2W).</summary>
    public static void ProductOfRows(int rows, int channels, float* x, nint panel, float* b, float* s)
    {
        nint columns = Queries;
        for (int first = 0; first < channels; first += RowPanel, x += panel, b += RowPanel * columns)
        {
            int depth = Math.Min(RowPanel, channels - first);
            for (int r = 0; r < rows; r += TSimd.TileRows)
                MicroKernel<TSimd, TVec>.MultiplyRows<RowPanelLeft>(
                    rows - r, depth, x + (nint)r * RowPanel, b, columns, s + r * columns, columns, accumulate: first > 0);
        }
    }

    /// <summary>
    /// c (rows, columns) = or += a · x with a a score tile, read in place as <typeparamref name="TLeft"/> says, and x in row panels.
    /// Whole register tiles are read and written; <paramref name="columns"/> is padded.
    /// </summary>
    public static void ProductWithRows<TLeft>(
        int rows, int depth, float* a, float* x, nint panel, int columns, float* c, bool accumulate)
        where TLeft : struct, ILeftOperand
    {
        for (int r = 0; r < rows; r += TSimd.TileRows, a += TSimd.TileRows * TLeft.RowStride, c += (nint)TSimd.TileRows * columns)
            for (nint j = 0; j < columns; j += Queries)
                MicroKernel<TSimd, TVec>.MultiplyRows<TLeft>(
                    rows - r, depth, a, x + j / RowPanel * panel + j % RowPanel, RowPanel, c + j, columns, accumulate);
    }

    /// <summary>x ·= factor over whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAll(nint length, float* x, float factor)
    {
        TVec f = TSimd.Broadcast(factor);
        for (nint i = 0; i < length; i += TSimd.Width)
            TSimd.Store(x + i, TSimd.Mul(TSimd.Load(x + i), f));
    }

    /// <summary>
    /// One block of keys of the streaming softmax. With the running maximum m and sum l of each query (2W each) raised to
    /// include s: s becomes exp(s − m), l the sum so far, and <paramref name="rescale"/> what anything summed under the old
    /// maximum is to be multiplied by. Returns whether any maximum moved.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Softmax(nint keys, float* s, float* max, float* sum, float* rescale)
    {
        nint w = TSimd.Width;
        TVec old0 = TSimd.Load(max), old1 = TSimd.Load(max + w);
        TVec m0 = old0, m1 = old1, n0 = old0, n1 = old1;
        float* p = s;
        nint pairs = keys / 2;
        for (nint i = pairs; i > 0; i--)
        {
            m0 = TSimd.Max(TSimd.Load(p), m0);
            m1 = TSimd.Max(TSimd.Load(p + w), m1);
            n0 = TSimd.Max(TSimd.Load(p + 2 * w), n0);
            n1 = TSimd.Max(TSimd.Load(p + 3 * w), n1);
            p += 4 * w;
        }
        if ((keys & 1) != 0)
        {
            m0 = TSimd.Max(TSimd.Load(p), m0);
            m1 = TSimd.Max(TSimd.Load(p + w), m1);
        }
        m0 = TSimd.Max(m0, n0);
        m1 = TSimd.Max(m1, n1);

        TVec l0 = TSimd.Zero, l1 = TSimd.Zero, k0 = TSimd.Zero, k1 = TSimd.Zero;
        p = s;
        for (nint i = pairs; i > 0; i--)
        {
            TVec e0 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(p), m0));
            TVec e1 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(p + w), m1));
            TSimd.Store(p, e0);
            TSimd.Store(p + w, e1);
            l0 = TSimd.Add(l0, e0);
            l1 = TSimd.Add(l1, e1);
            e0 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(p + 2 * w), m0));
            e1 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(p + 3 * w), m1));
            TSimd.Store(p + 2 * w, e0);
            TSimd.Store(p + 3 * w, e1);
            k0 = TSimd.Add(k0, e0);
            k1 = TSimd.Add(k1, e1);
            p += 4 * w;
        }
        if ((keys & 1) != 0)
        {
            TVec e0 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(p), m0));
            TVec e1 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Load(p + w), m1));
            TSimd.Store(p, e0);
            TSimd.Store(p + w, e1);
            l0 = TSimd.Add(l0, e0);
            l1 = TSimd.Add(l1, e1);
        }

        TVec r0 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(old0, m0)), r1 = VectorMath<TSimd, TVec>.Exp(TSimd.Sub(old1, m1));
        TSimd.Store(sum, TSimd.Fma(TSimd.Load(sum), r0, TSimd.Add(l0, k0)));
        TSimd.Store(sum + w, TSimd.Fma(TSimd.Load(sum + w), r1, TSimd.Add(l1, k1)));
        TSimd.Store(max, m0);
        TSimd.Store(max + w, m1);
        TSimd.Store(rescale, r0);
        TSimd.Store(rescale + w, r1);
        // Beyond +∞ nothing is larger, and the difference is NaN.
        return !(TSimd.MaxLane(TSimd.Sub(m0, old0)) <= 0f && TSimd.MaxLane(TSimd.Sub(m1, old1)) <= 0f);
    }

    /// <summary>Multiplies each column of x (rows, 2W) by its factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyColumns(nint rows, float* x, float* factors)
    {
        nint w = TSimd.Width;
        TVec f0 = TSimd.Load(factors), f1 = TSimd.Load(factors + w);
        for (; rows > 0; rows--)
        {
            TSimd.Store(x, TSimd.Mul(TSimd.Load(x), f0));
            TSimd.Store(x + w, TSimd.Mul(TSimd.Load(x + w), f1));
            x += 2 * w;
        }
    }

    /// <summary>Multiplies each row of x by its factor; rows are whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyRows(nint rows, nint columns, float* x, float* factors)
    {
        for (nint i = 0; i < rows; i++, x += columns)
        {
            TVec f = TSimd.Broadcast(factors[i]);
            for (nint c = 0; c < columns; c += TSimd.Width)
                TSimd.Store(x + c, TSimd.Mul(TSimd.Load(x + c), f));
        }
    }

    /// <summary>Turns each query's maximum and sum into its log-sum-exp (over the maximum) and 1/sum (over the sum).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(float* max, float* sum)
    {
        for (nint i = 0; i < Queries; i += TSimd.Width)
        {
            TVec l = TSimd.Load(sum + i);
            TSimd.Store(max + i, TSimd.Add(TSimd.Load(max + i), VectorMath<TSimd, TVec>.Log(l)));
            TSimd.Store(sum + i, TSimd.Div(TSimd.Broadcast(1f), l));
        }
    }

    /// <summary>
    /// Stores the first <paramref name="count"/> lanes of x (channels, 2W) as rows of channels. <paramref name="spare"/> has room for them.
    /// </summary>
    public static void StoreLanes(float* x, int count, int channels, float* target, nint targetStride, float* spare)
    {
        Packing.Transposed(x, Queries, channels, count, channels, spare);
        CopyRows(spare, channels, target, targetStride, count, channels);
    }

    /// <summary>Copies rows of so many columns between matrices.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyRows(float* source, nint sourceStride, float* target, nint targetStride, nint rows, nint columns)
    {
        for (; rows > 0; rows--)
        {
            CopyRow(source, target, columns);
            source += sourceStride;
            target += targetStride;
        }
    }

    /// <summary>Copies a short row without the cost of a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyRow(float* source, float* target, nint columns)
    {
        nint c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
            TSimd.Store(target + c, TSimd.Load(source + c));
        for (; c < columns; c++)
            target[c] = source[c];
    }

    /// <summary>Sets every element.</summary>
    public static void Fill(nint length, float* x, float value) => new Span<float>(x, checked((int)length)).Fill(value);
}
