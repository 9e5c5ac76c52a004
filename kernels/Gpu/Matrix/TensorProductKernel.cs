using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>The part of C that a group of warps computes, each a part of 32 columns.</summary>
internal interface ITensorTile
{
    static abstract int Rows { get; }

    static abstract int Columns { get; }

    static abstract int Threads { get; }

    static abstract int GroupsPerMultiprocessor { get; }

    /// <summary>Warps on top of each other.</summary>
    static abstract int WarpsAlongRows { get; }
}

/// <summary>128 × 128 by eight warps of 64 × 32.</summary>
internal readonly struct LargeTensorTile : ITensorTile
{
    public static int Rows => 128;

    public static int Columns => 128;

    public static int Threads => 256;

    public static int GroupsPerMultiprocessor => 2;

    public static int WarpsAlongRows => 2;
}

/// <summary>64 × 128 by eight warps of 32 × 32, for factors of two parts and sums of their own.</summary>
internal readonly struct MediumTensorTile : ITensorTile
{
    public static int Rows => 64;

    public static int Columns => 128;

    public static int Threads => 256;

    public static int GroupsPerMultiprocessor => 2;

    public static int WarpsAlongRows => 2;
}

/// <summary>32 × 64 by four warps of 16 × 32, for small products, and for factors that are not loaded in quads.</summary>
internal readonly struct SmallTensorTile : ITensorTile
{
    public static int Rows => 32;

    public static int Columns => 64;

    public static int Threads => 128;

    public static int GroupsPerMultiprocessor => 4;

    public static int WarpsAlongRows => 2;
}

internal readonly struct TensorRowSide<TTile> : ISide
    where TTile : struct, ITensorTile
{
    public static int Width => TTile.Rows;

    public static int Threads => TTile.Threads;
}

internal readonly struct TensorColumnSide<TTile> : ISide
    where TTile : struct, ITensorTile
{
    public static int Width => TTile.Columns;

    public static int Threads => TTile.Threads;
}

/// <summary>
/// <see cref="ProductKernel{TTile, TItems, TA, TB, TOutput}"/> on tensor cores. The order of the sums is that of k, for every tile, so a row does not depend on
/// the rows beside it.
/// </summary>
internal readonly struct TensorProductKernel<TFormat, TWarp, TTile, TSums, TItems, TA, TB, TOutput>(TA a, TB b, TOutput output, ProductLoop loop) : IGpuKernel
    where TFormat : struct, IFactorFormat
    where TWarp : struct, IWarpProducts
    where TTile : struct, ITensorTile
    where TSums : unmanaged, IWarpTile<TSums>
    where TItems : struct, IItems
    where TA : struct, IPanels<TA>
    where TB : struct, IPanels<TB>
    where TOutput : struct, IProductOutput
{
    public static int GroupSize => TTile.Threads;

    public static int GroupsPerMultiprocessor => TTile.GroupsPerMultiprocessor;

    private static int LaneRows => TFormat.Chunks + 1;

    public void Run()
    {
        ArrayView<U4> sharedA = SharedMemory.Allocate<U4>(FragmentStage<TensorRowSide<TTile>, TFormat, TA>.SharedRows);
        ArrayView<U4> sharedB = SharedMemory.Allocate<U4>(FragmentStage<TensorColumnSide<TTile>, TFormat, TB>.SharedRows);
        ArrayView<uint> scratch = SharedMemory.Allocate<uint>(TWarp.ScratchWords(TTile.Threads));
        int firstColumn = Grid.IdxX * TTile.Columns, firstRow = Grid.IdxY * TTile.Rows, batch = loop.FirstBatch + Grid.IdxZ;
        TSums sums = default;
        if (!TItems.AreMany)
        {
            sums = Add(sums, a, b, sharedA, sharedB, firstRow, firstColumn, scratch);
        }
        else if (TItems.ShareOutputs)
        {
            (long outputA, long outputB) = loop.Outputs.At(batch);
            for (int item = 0; item < loop.Items; item++)
            {
                (long itemA, long itemB) = loop.Shared.At(item);
                sums = Add(sums, a.From(outputA + itemA), b.From(outputB + itemB), sharedA, sharedB, firstRow, firstColumn, scratch);
                // The next item's first steps go where this one's last may still be read.
                Instructions.Barrier();
            }
        }
        else
        {
            (long outputA, long outputB) = loop.Outputs.At(batch);
            sums = Add(sums, a.From(outputA), b.From(outputB), sharedA, sharedB, firstRow, firstColumn, scratch);
        }
        TSums.Store<TWarp, TOutput>(sums, in output, output.Place(batch, 0), firstRow + WarpRow(), firstColumn + WarpColumn(), scratch);
    }

    private static int WarpRow() => (Group.IdxX >> 5) % TTile.WarpsAlongRows * TSums.Rows;

    private static int WarpColumn() => (Group.IdxX >> 5) / TTile.WarpsAlongRows * 32;

    private TSums Add(
        TSums sums, TA itemA, TB itemB, ArrayView<U4> sharedA, ArrayView<U4> sharedB, int firstRow, int firstColumn, ArrayView<uint> scratch)
    {
        int thread = Group.IdxX, lane = thread & 31;
        // Rows of a lane's matrices: of A the upper eight, the lower eight, then both again 16 bytes on; of B both halves of eight columns, then of the next.
        int rowA = (WarpRow() + (lane & 15)) * LaneRows + (lane >> 4);
        int rowB = (WarpColumn() + (lane & 7) + (lane >> 4) * 8) * LaneRows + ((lane >> 3) & 1);
        var stageA = FragmentStage<TensorRowSide<TTile>, TFormat, TA>.Begin(itemA, firstRow, 0, thread);
        var stageB = FragmentStage<TensorColumnSide<TTile>, TFormat, TB>.Begin(itemB, firstColumn, 0, thread);
        stageA.Store(sharedA, 0, stageA.Load(loop.K));
        stageB.Store(sharedB, 0, stageB.Load(loop.K));
        for (int k = 0; k < loop.K; k += ProductSteps.Depth)
        {
            // The steps to come go where those before were read.
            Instructions.Barrier();
            stageA = stageA.Next();
            StagedQuads quadsA = stageA.Load(loop.K);
            stageB = stageB.Next();
            StagedQuads quadsB = stageB.Load(loop.K);
            int halfA = FragmentStage<TensorRowSide<TTile>, TFormat, TA>.Row(0, k), halfB = FragmentStage<TensorColumnSide<TTile>, TFormat, TB>.Row(0, k);
            sums = Step(sums, sharedA, sharedB, halfA + rowA, halfB + rowB, scratch);
            if (TFormat.Chunks > 2)
                sums = Step(sums, sharedA, sharedB, halfA + rowA + 2, halfB + rowB + 2, scratch);
            stageA.Store(sharedA, k + ProductSteps.Depth, in quadsA);
            stageB.Store(sharedB, k + ProductSteps.Depth, in quadsB);
        }
        return sums;
    }

    private static TSums Step(TSums sums, ArrayView<U4> sharedA, ArrayView<U4> sharedB, int rowA, int rowB, ArrayView<uint> scratch)
    {
        WarpColumns columns = WarpColumns.Load<TFormat, TWarp>(sharedB, rowB, LaneRows, scratch);
        return TSums.Add<TFormat, TWarp>(sums, sharedA, rowA, LaneRows, in columns, scratch);
    }
}
