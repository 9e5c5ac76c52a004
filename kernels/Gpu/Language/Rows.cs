namespace SspNative.Kernels.Gpu;

/// <summary>A tile of products in registers: a row for each value of a left operand, as long as the right operand.</summary>
internal interface IRows<TSelf, TLeft, TRight> where TSelf : unmanaged
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Count { get; }

    /// <summary>c + left · rightᵀ.</summary>
    static abstract TSelf Fma(TLeft left, TRight right, TSelf c);

    static abstract TRight Row(TSelf tile, int row);
}

/// <summary>Four rows.</summary>
internal struct Rows4<TRight> : IRows<Rows4<TRight>, Lanes4, TRight>
    where TRight : unmanaged, ILanes<TRight>
{
    public TRight R0, R1, R2, R3;

    public static int Count => 4;

    public static Rows4<TRight> Fma(Lanes4 left, TRight right, Rows4<TRight> c) => new()
    {
        R0 = TRight.Fma(left.Quad.X, right, c.R0),
        R1 = TRight.Fma(left.Quad.Y, right, c.R1),
        R2 = TRight.Fma(left.Quad.Z, right, c.R2),
        R3 = TRight.Fma(left.Quad.W, right, c.R3),
    };

    public static TRight Row(Rows4<TRight> tile, int row) => row < 2 ? (row == 0 ? tile.R0 : tile.R1) : row == 2 ? tile.R2 : tile.R3;
}

/// <summary>Twice as many rows.</summary>
internal struct TwiceRows<TRows, TLeft, TRight> : IRows<TwiceRows<TRows, TLeft, TRight>, Twice<TLeft>, TRight>
    where TRows : unmanaged, IRows<TRows, TLeft, TRight>
    where TLeft : unmanaged, ILanes<TLeft>
    where TRight : unmanaged, ILanes<TRight>
{
    public TRows Low, High;

    public static int Count => 2 * TRows.Count;

    public static TwiceRows<TRows, TLeft, TRight> Fma(Twice<TLeft> left, TRight right, TwiceRows<TRows, TLeft, TRight> c) =>
        new() { Low = TRows.Fma(left.Low, right, c.Low), High = TRows.Fma(left.High, right, c.High) };

    public static TRight Row(TwiceRows<TRows, TLeft, TRight> tile, int row) =>
        row < TRows.Count ? TRows.Row(tile.Low, row) : TRows.Row(tile.High, row - TRows.Count);
}
