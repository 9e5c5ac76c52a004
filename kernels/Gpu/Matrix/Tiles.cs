using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// The part of C that a group of threads computes, and what of it one thread holds. A thread has eight neighbouring rows. Steps come from shared memory,
/// A's and B's apart: for each k the tile's rows, or columns, in quads.
/// </summary>
internal interface ITile<TSelf> where TSelf : struct, ITile<TSelf>
{
    static abstract int Rows { get; }

    static abstract int Columns { get; }

    static abstract int Threads { get; }

    static abstract int GroupsPerMultiprocessor { get; }

    /// <summary>Whether threads hold as many sums as their registers allow.</summary>
    static abstract bool IsLarge { get; }

    /// <summary>A thread's eight rows among those of the tile: from 8 · it on.</summary>
    static abstract int RowsOf(int thread);

    /// <summary>A thread's first quad of columns.</summary>
    static abstract int ColumnsOf(int thread);

    /// <summary>One step further: <paramref name="k"/> steps after the first of the two views, which begin at the thread's quads.</summary>
    static abstract TSelf Add(TSelf tile, ArrayView<F4> a, ArrayView<F4> b, int k);

    /// <summary>Hands a thread's results to the output; row and column are those of its first.</summary>
    static abstract void Store<TOutput>(TSelf tile, in TOutput output, OutputPlace place, int row, int column) where TOutput : struct, IProductOutput;
}

/// <summary>128 × 128 by 256 threads of 8 × 8: most arithmetic for what it loads.</summary>
internal struct LargeTile : ITile<LargeTile>
{
    private TwiceRows<Rows4<Twice<Lanes4>>, Lanes4, Twice<Lanes4>> _sums;

    public static int Rows => 128;

    public static int Columns => 128;

    public static int Threads => 256;

    public static int GroupsPerMultiprocessor => 2;

    public static bool IsLarge => true;

    // A warp is 4 by 8 threads: it reads 8 quads of A's and 16 of B's for 2048 products.
    public static int RowsOf(int thread) => ((thread >> 3) & 3) | ((thread >> 6) << 2);

    public static int ColumnsOf(int thread) => (thread & 7) | ((thread >> 2) & 8);

    public static LargeTile Add(LargeTile tile, ArrayView<F4> a, ArrayView<F4> b, int k) => new()
    {
        _sums = TwiceRows<Rows4<Twice<Lanes4>>, Lanes4, Twice<Lanes4>>.Fma(
            Twice<Lanes4>.Load(a, k * 32, 1), Twice<Lanes4>.Load(b, k * 32, 16), tile._sums),
    };

    public static void Store<TOutput>(LargeTile tile, in TOutput output, OutputPlace place, int row, int column)
        where TOutput : struct, IProductOutput
    {
        for (int i = 0; i < 8; i++)
        {
            Twice<Lanes4> sums = TwiceRows<Rows4<Twice<Lanes4>>, Lanes4, Twice<Lanes4>>.Row(tile._sums, i);
            output.Store(place, row + i, column, sums.Low.Quad);
            output.Store(place, row + i, column + 64, sums.High.Quad);
        }
    }
}

/// <summary>The shape of a tile of 128 threads, each of 8 × 4.</summary>
internal interface ITileShape
{
    static abstract int Rows { get; }

    static abstract int Columns { get; }
}

/// <summary>A tile for products that are small in both directions.</summary>
internal readonly struct Square : ITileShape
{
    public static int Rows => 64;

    public static int Columns => 64;
}

/// <summary>A tile for products of few rows.</summary>
internal readonly struct Low : ITileShape
{
    public static int Rows => 32;

    public static int Columns => 128;
}

/// <summary>A tile for products of few columns.</summary>
internal readonly struct Narrow : ITileShape
{
    public static int Rows => 128;

    public static int Columns => 32;
}

/// <summary>128 threads of 8 × 4, in a shape.</summary>
internal struct SmallTile<TShape> : ITile<SmallTile<TShape>>
    where TShape : struct, ITileShape
{
    private TwiceRows<Rows4<Lanes4>, Lanes4, Lanes4> _sums;

    public static int Rows => TShape.Rows;

    public static int Columns => TShape.Columns;

    public static int Threads => 128;

    public static int GroupsPerMultiprocessor => 4;

    public static bool IsLarge => false;

    public static int RowsOf(int thread) => thread / (TShape.Columns / 4);

    public static int ColumnsOf(int thread) => thread % (TShape.Columns / 4);

    public static SmallTile<TShape> Add(SmallTile<TShape> tile, ArrayView<F4> a, ArrayView<F4> b, int k) => new()
    {
        _sums = TwiceRows<Rows4<Lanes4>, Lanes4, Lanes4>.Fma(
            Twice<Lanes4>.Load(a, k * (TShape.Rows / 4), 1), Lanes4.Load(b, k * (TShape.Columns / 4), 1), tile._sums),
    };

    public static void Store<TOutput>(SmallTile<TShape> tile, in TOutput output, OutputPlace place, int row, int column)
        where TOutput : struct, IProductOutput
    {
        for (int i = 0; i < 8; i++)
            output.Store(place, row + i, column, TwiceRows<Rows4<Lanes4>, Lanes4, Lanes4>.Row(tile._sums, i).Quad);
    }
}
