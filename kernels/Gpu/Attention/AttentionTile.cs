using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// What forward and backward attention are made of. A group of threads owns rows of one side, and meets those of the other side thirty-two at a time;
/// eight threads share four own rows: thread (ty,tx) has own rows ty, ty + n, ty + 2n and ty + 3n, n being a fourth of the rows, and four others tx, tx + 8 …
/// Matrices lie row by row in shared memory, a quad of padding after each row, so that eight rows side by side meet no bank twice. Of a row they hold
/// 32·<c>TLanes.Quads</c> channels.
/// </summary>
internal static class AttentionTile<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Rows of the other side in a tile.</summary>
    public const int Others = 32;

    /// <summary>Channels of a tile.</summary>
    public static int Width => 32 * TLanes.Quads;

    /// <summary>Quads of a row in shared memory.</summary>
    public static int Stride => 8 * TLanes.Quads + 1;

    /// <summary>
    /// Channels first … first + Width − 1 of some rows into shared memory; 0 where there is no channel or, from <paramref name="valid"/> on, no row.
    /// </summary>
    /// <param name="from">What is read.</param>
    /// <param name="rows">Where each row begins, in shared memory.</param>
    /// <param name="count">Rows of the tile.</param>
    /// <param name="valid">Rows that exist.</param>
    /// <param name="first">First channel.</param>
    /// <param name="channels">Channels of a row.</param>
    /// <param name="threads">Of the group.</param>
    /// <param name="to">The tile.</param>
    public static void Load<TAccess>(
        ArrayView<float> from, ArrayView<int> rows, int count, int valid, int first, int channels, int threads, ArrayView<F4> to)
        where TAccess : struct, IQuadAccess
    {
        int quads = 8 * TLanes.Quads;
        for (int i = Group.IdxX; i < count * quads; i += threads)
        {
            int row = i / quads, quad = i - row * quads, at = first + 4 * quad;
            to[row * (quads + 1) + quad] = row < valid ? TAccess.Load(from, rows[row] + at, channels - at) : default;
        }
    }

    /// <summary>s + the dot products of four own rows, <paramref name="step"/> apart, with four others, eight apart.</summary>
    public static Rows4<Lanes4> Dots(ArrayView<F4> own, int step, ArrayView<F4> others, int ty, int tx, Rows4<Lanes4> s)
    {
        int stride = Stride;
        for (int d = 0; d < 8 * TLanes.Quads; d++)
        {
            // Constants after a sub-view become parts of the instructions.
            ArrayView<F4> b = others.SubView(tx * stride + d, 24 * stride + 1);
            s = Dots(own.SubView(ty * stride + d, 3 * step * stride + 1), step, b[0], b[8 * stride], b[16 * stride], b[24 * stride], s);
        }
        return s;
    }

    /// <summary><see cref="Dots(ArrayView{F4}, int, ArrayView{F4}, int, int, Rows4{Lanes4})"/> of eight own rows: fewer loads for each product.</summary>
    public static TwiceRows<Rows4<Lanes4>, Lanes4, Lanes4> Dots(
        ArrayView<F4> own, int step, ArrayView<F4> others, int ty, int tx, TwiceRows<Rows4<Lanes4>, Lanes4, Lanes4> s)
    {
        int stride = Stride;
        for (int d = 0; d < 8 * TLanes.Quads; d++)
        {
            ArrayView<F4> a = own.SubView(ty * stride + d, 7 * step * stride + 1), b = others.SubView(tx * stride + d, 24 * stride + 1);
            F4 b0 = b[0], b1 = b[8 * stride], b2 = b[16 * stride], b3 = b[24 * stride];
            s.Low = Dots(a, step, b0, b1, b2, b3, s.Low);
            s.High = Dots(a.SubView(4 * step * stride, 3 * step * stride + 1), step, b0, b1, b2, b3, s.High);
        }
        return s;
    }

    /// <summary>sum + Σ over the others of their weights for the own rows, in columns of <paramref name="pad"/> quads, times their channels.</summary>
    /// <param name="weights">A thread has the quads ty, ty + <paramref name="step"/> … of a column.</param>
    /// <param name="pad">Quads of a column.</param>
    /// <param name="step">Between the quads of a thread that has several.</param>
    /// <param name="others">Their channels.</param>
    /// <param name="ty">Of the own rows.</param>
    /// <param name="tx">Of the channels: quads tx, tx + 8 ….</param>
    /// <param name="sum">What there is.</param>
    public static TRows Accumulate<TRows, TLeft>(ArrayView<F4> weights, int pad, int step, ArrayView<F4> others, int ty, int tx, TRows sum)
        where TRows : unmanaged, IRows<TRows, TLeft, TLanes>
        where TLeft : unmanaged, ILanes<TLeft>
    {
        int stride = Stride;
        for (int j = 0; j < Others; j += 4)
        {
            ArrayView<F4> a = weights.SubView(j * pad + ty, 4 * pad - ty), b = others.SubView(j * stride + tx, 4 * stride - tx);
            sum = TRows.Fma(TLeft.Load(a, 0, step), TLanes.Load(b, 0, 8), sum);
            sum = TRows.Fma(TLeft.Load(a, pad, step), TLanes.Load(b, stride, 8), sum);
            sum = TRows.Fma(TLeft.Load(a, 2 * pad, step), TLanes.Load(b, 2 * stride, 8), sum);
            sum = TRows.Fma(TLeft.Load(a, 3 * pad, step), TLanes.Load(b, 3 * stride, 8), sum);
        }
        return sum;
    }

    /// <summary>The same of four own rows.</summary>
    public static Rows4<TLanes> Accumulate(ArrayView<F4> weights, int pad, ArrayView<F4> others, int ty, int tx, Rows4<TLanes> sum) =>
        Accumulate<Rows4<TLanes>, Lanes4>(weights, pad, 0, others, ty, tx, sum);

    /// <summary>Own rows, each times a factor of its own.</summary>
    public static Rows4<TLanes> Scale(F4 factors, Rows4<TLanes> rows) => new()
    {
        R0 = TLanes.Fma(factors.X, rows.R0, default),
        R1 = TLanes.Fma(factors.Y, rows.R1, default),
        R2 = TLanes.Fma(factors.Z, rows.R2, default),
        R3 = TLanes.Fma(factors.W, rows.R3, default),
    };

    /// <summary>Stores channels of one own row, from <paramref name="first"/> on.</summary>
    public static void Store<TAccess>(ArrayView<float> to, int row, int first, int channels, int tx, TLanes x) where TAccess : struct, IQuadAccess =>
        TLanes.Store<TAccess>(to, row + first + 4 * tx, channels - first - 4 * tx, 32, x);

    // A quad of the channels.
    private static Rows4<Lanes4> Dots(ArrayView<F4> own, int step, F4 b0, F4 b1, F4 b2, F4 b3, Rows4<Lanes4> s)
    {
        int stride = Stride;
        F4 a0 = own[0], a1 = own[step * stride], a2 = own[2 * step * stride], a3 = own[3 * step * stride];
        s = Rows4<Lanes4>.Fma(Lanes(a0.X, a1.X, a2.X, a3.X), Lanes(b0.X, b1.X, b2.X, b3.X), s);
        s = Rows4<Lanes4>.Fma(Lanes(a0.Y, a1.Y, a2.Y, a3.Y), Lanes(b0.Y, b1.Y, b2.Y, b3.Y), s);
        s = Rows4<Lanes4>.Fma(Lanes(a0.Z, a1.Z, a2.Z, a3.Z), Lanes(b0.Z, b1.Z, b2.Z, b3.Z), s);
        return Rows4<Lanes4>.Fma(Lanes(a0.W, a1.W, a2.W, a3.W), Lanes(b0.W, b1.W, b2.W, b3.W), s);
    }

    private static Lanes4 Lanes(float x, float y, float z, float w) => new() { Quad = new F4(x, y, z, w) };
}

/// <summary>The four columns of a thread's scores, of four own rows each.</summary>
internal struct ScoreColumns
{
    public F4 C0, C1, C2, C3;

    public static ScoreColumns Of(Rows4<Lanes4> s) => new()
    {
        C0 = new F4(s.R0.Quad.X, s.R1.Quad.X, s.R2.Quad.X, s.R3.Quad.X),
        C1 = new F4(s.R0.Quad.Y, s.R1.Quad.Y, s.R2.Quad.Y, s.R3.Quad.Y),
        C2 = new F4(s.R0.Quad.Z, s.R1.Quad.Z, s.R2.Quad.Z, s.R3.Quad.Z),
        C3 = new F4(s.R0.Quad.W, s.R1.Quad.W, s.R2.Quad.W, s.R3.Quad.W),
    };

    /// <summary>The values of a thread's four columns.</summary>
    public static F4 Sum(ScoreColumns c) => F4.Add(F4.Add(c.C0, c.C1), F4.Add(c.C2, c.C3));

    /// <summary>Puts the columns where <see cref="AttentionTile{TLanes}.Accumulate"/> reads them.</summary>
    public static void Share(ScoreColumns c, ArrayView<F4> weights, int pad, int ty, int tx)
    {
        ArrayView<F4> to = weights.SubView(tx * pad + ty, 24 * pad + 1);
        to[0] = c.C0;
        to[8 * pad] = c.C1;
        to[16 * pad] = c.C2;
        to[24 * pad] = c.C3;
    }
}
