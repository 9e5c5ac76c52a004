using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>The sums of a warp, 16 · 2ⁿ rows by 32 columns, as its threads have them.</summary>
internal interface IWarpTile<TSelf>
    where TSelf : unmanaged, IWarpTile<TSelf>
{
    static abstract int Rows { get; }

    /// <summary>Adds the products of one step of the tensor cores.</summary>
    /// <param name="row">Where the thread's row of the left factor is, of the first sixteen.</param>
    /// <param name="laneRows">From one lane's to the next's.</param>
    static abstract TSelf Add<TFormat, TWarp>(TSelf sums, ArrayView<U4> left, int row, int laneRows, in WarpColumns right, ArrayView<uint> scratch)
        where TFormat : struct, IFactorFormat
        where TWarp : struct, IWarpProducts;

    /// <summary>Hands the results to the output; row and column are those of the warp's first.</summary>
    static abstract void Store<TWarp, TOutput>(TSelf sums, in TOutput output, OutputPlace place, int row, int column, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts
        where TOutput : struct, IProductOutput;
}

/// <summary>The right factor of a step: 32 columns.</summary>
internal struct WarpColumns
{
    public Factors<U2> B0, B1, B2, B3;

    /// <param name="row">Where the thread's row is, of the first sixteen columns.</param>
    public static WarpColumns Load<TFormat, TWarp>(ArrayView<U4> right, int row, int laneRows, ArrayView<uint> scratch)
        where TFormat : struct, IFactorFormat
        where TWarp : struct, IWarpProducts
    {
        U4 low = TWarp.LoadMatrices(right, row, scratch), high = TWarp.LoadMatrices(right, row + 16 * laneRows, scratch);
        return new WarpColumns
        {
            B0 = TFormat.Prepare(new U2(low.X, low.Y)),
            B1 = TFormat.Prepare(new U2(low.Z, low.W)),
            B2 = TFormat.Prepare(new U2(high.X, high.Y)),
            B3 = TFormat.Prepare(new U2(high.Z, high.W)),
        };
    }
}

/// <summary>16 rows.</summary>
internal struct WarpRows16 : IWarpTile<WarpRows16>
{
    private F4 _c0, _c1, _c2, _c3;

    public static int Rows => 16;

    public static WarpRows16 Add<TFormat, TWarp>(
        WarpRows16 sums, ArrayView<U4> left, int row, int laneRows, in WarpColumns right, ArrayView<uint> scratch)
        where TFormat : struct, IFactorFormat
        where TWarp : struct, IWarpProducts
    {
        Factors<U4> a = TFormat.Prepare(TWarp.LoadMatrices(left, row, scratch));
        return new WarpRows16
        {
            _c0 = TFormat.Multiply<TWarp>(sums._c0, in a, in right.B0, scratch),
            _c1 = TFormat.Multiply<TWarp>(sums._c1, in a, in right.B1, scratch),
            _c2 = TFormat.Multiply<TWarp>(sums._c2, in a, in right.B2, scratch),
            _c3 = TFormat.Multiply<TWarp>(sums._c3, in a, in right.B3, scratch),
        };
    }

    public static void Store<TWarp, TOutput>(WarpRows16 sums, in TOutput output, OutputPlace place, int row, int column, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts
        where TOutput : struct, IProductOutput
    {
        Store<TWarp, TOutput>(sums._c0, in output, place, row, column, scratch);
        Store<TWarp, TOutput>(sums._c1, in output, place, row, column + 8, scratch);
        Store<TWarp, TOutput>(sums._c2, in output, place, row, column + 16, scratch);
        Store<TWarp, TOutput>(sums._c3, in output, place, row, column + 24, scratch);
    }

    // Two lanes beside each other have two columns each of two rows; after the exchange one has four columns of the first, the other of the second.
    private static void Store<TWarp, TOutput>(F4 c, in TOutput output, OutputPlace place, int row, int column, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts
        where TOutput : struct, IProductOutput
    {
        int lane = Group.IdxX & 31;
        bool isFirst = (lane & 1) == 0;
        float x = TWarp.OfNeighbour(isFirst ? c.Z : c.X, scratch), y = TWarp.OfNeighbour(isFirst ? c.W : c.Y, scratch);
        F4 quad = isFirst ? new F4(c.X, c.Y, x, y) : new F4(x, y, c.Z, c.W);
        output.Store(place, row + (lane >> 2) + 8 * (lane & 1), column + 2 * (lane & 2), quad);
    }
}

/// <summary>Twice as many rows.</summary>
internal struct TwiceWarpRows<T> : IWarpTile<TwiceWarpRows<T>>
    where T : unmanaged, IWarpTile<T>
{
    private T _low, _high;

    public static int Rows => 2 * T.Rows;

    public static TwiceWarpRows<T> Add<TFormat, TWarp>(
        TwiceWarpRows<T> sums, ArrayView<U4> left, int row, int laneRows, in WarpColumns right, ArrayView<uint> scratch)
        where TFormat : struct, IFactorFormat
        where TWarp : struct, IWarpProducts
    {
        return new TwiceWarpRows<T>
        {
            _low = T.Add<TFormat, TWarp>(sums._low, left, row, laneRows, in right, scratch),
            _high = T.Add<TFormat, TWarp>(sums._high, left, row + T.Rows * laneRows, laneRows, in right, scratch),
        };
    }

    public static void Store<TWarp, TOutput>(TwiceWarpRows<T> sums, in TOutput output, OutputPlace place, int row, int column, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts
        where TOutput : struct, IProductOutput
    {
        T.Store<TWarp, TOutput>(sums._low, in output, place, row, column, scratch);
        T.Store<TWarp, TOutput>(sums._high, in output, place, row + T.Rows, column, scratch);
    }
}
