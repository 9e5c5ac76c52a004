namespace SspNative.Kernels.Cpu;

/// <summary>
/// How the left operand of a register tile lies in memory: element (row i, step k) at i·RowStride + k·StepStride. The strides are
/// constants of the type, so that the elements of a step are read at constant distances from one pointer.
/// </summary>
internal interface ILeftOperand
{
    static abstract int RowStride { get; }

    static abstract int StepStride { get; }
}

/// <summary>A packed panel (k, TileRows).</summary>
internal readonly struct PackedLeft<TSimd, TVec> : ILeftOperand
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    public static int RowStride => 1;

    public static int StepStride => TSimd.TileRows;
}

/// <summary>A tile (rows, 2W) in place, contracted over its columns.</summary>
internal readonly struct TileRowsLeft<TSimd, TVec> : ILeftOperand
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    public static int RowStride => 2 * TSimd.Width;

    public static int StepStride => 1;
}

/// <summary>A tile (k, 2W) in place, contracted over its rows: its columns are the rows of the product.</summary>
internal readonly struct TileColumnsLeft<TSimd, TVec> : ILeftOperand
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    public static int RowStride => 1;

    public static int StepStride => 2 * TSimd.Width;
}

/// <summary>A panel of rows (rows, <see cref="Packing.MaxLanes"/>) in place, contracted over its columns.</summary>
internal readonly struct RowPanelLeft : ILeftOperand
{
    public static int RowStride => Packing.MaxLanes;

    public static int StepStride => 1;
}
