using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// C[row, column] = Σ A[row, k] · B[column, k], for every output of a batch over all the items that share it, in their order. A group computes a tile; while
/// it multiplies the steps in one half of shared memory, the next are on their way to the other. The order of the sums is that of k for every kind of
/// tile.
/// </summary>
internal readonly struct ProductKernel<TTile, TItems, TA, TB, TOutput>(TA a, TB b, TOutput output, ProductLoop loop) : IGpuKernel
    where TTile : struct, ITile<TTile>
    where TItems : struct, IItems
    where TA : struct, IPanels<TA>
    where TB : struct, IPanels<TB>
    where TOutput : struct, IProductOutput
{
    public static int GroupSize => TTile.Threads;

    public static int GroupsPerMultiprocessor => TTile.GroupsPerMultiprocessor;

    public void Run()
    {
        ArrayView<F4> sharedA = SharedMemory.Allocate<F4>(OperandStage<RowSide<TTile>, TA>.SharedQuads);
        ArrayView<F4> sharedB = SharedMemory.Allocate<F4>(OperandStage<ColumnSide<TTile>, TB>.SharedQuads);
        int firstColumn = Grid.IdxX * TTile.Columns, firstRow = Grid.IdxY * TTile.Rows;
        int part = Grid.IdxZ / loop.BatchCount, batch = loop.FirstBatch + Grid.IdxZ - part * loop.BatchCount;
        TTile tile = default;
        if (!TItems.AreMany)
        {
            tile = Add(tile, a, b, sharedA, sharedB, firstRow, firstColumn, part);
        }
        else if (TItems.ShareOutputs)
        {
            (long outputA, long outputB) = loop.Outputs.At(batch);
            for (int item = 0; item < loop.Items; item++)
            {
                (long itemA, long itemB) = loop.Shared.At(item);
                tile = Add(tile, a.From(outputA + itemA), b.From(outputB + itemB), sharedA, sharedB, firstRow, firstColumn, part);
                // The next item's first steps go where this one's last may still be read.
                Instructions.Barrier();
            }
        }
        else
        {
            (long outputA, long outputB) = loop.Outputs.At(batch);
            tile = Add(tile, a.From(outputA), b.From(outputB), sharedA, sharedB, firstRow, firstColumn, part);
        }
        int thread = Group.IdxX;
        TTile.Store(tile, in output, output.Place(batch, part), firstRow + 8 * TTile.RowsOf(thread), firstColumn + 4 * TTile.ColumnsOf(thread));
    }

    private TTile Add(TTile tile, TA itemA, TB itemB, ArrayView<F4> sharedA, ArrayView<F4> sharedB, int firstRow, int firstColumn, int part)
    {
        int thread = Group.IdxX;
        int from = part * loop.PartLength, to = from + loop.PartLength;
        if (to > loop.K)
            to = loop.K;
        var stageA = OperandStage<RowSide<TTile>, TA>.Begin(itemA, firstRow, from, thread);
        var stageB = OperandStage<ColumnSide<TTile>, TB>.Begin(itemB, firstColumn, from, thread);
        stageA.Store(sharedA, from, stageA.Load(to));
        stageB.Store(sharedB, from, stageB.Load(to));
        return IsAhead
            ? AddAhead(tile, stageA, stageB, sharedA, sharedB, from, to)
            : AddInTurn(tile, stageA, stageB, sharedA, sharedB, from, to);
    }

    // Large tiles have many threads, of which some multiply while others wait for memory, and no registers left; nor have single loads.
    private static bool IsAhead => !TTile.IsLarge && TA.InQuads && TB.InQuads;

    private static TTile AddInTurn(
        TTile tile, OperandStage<RowSide<TTile>, TA> stageA, OperandStage<ColumnSide<TTile>, TB> stageB, ArrayView<F4> sharedA, ArrayView<F4> sharedB,
        int from, int to)
    {
        for (int k = from; k < to; k += ProductSteps.Depth)
        {
            // The steps to come go where those before were read. Sixteen are written out: a loop's way round would move all sums.
            Instructions.Barrier();
            stageA = stageA.Next();
            StagedQuads quadsA = stageA.Load(to);
            tile = AddFour(tile, sharedA, sharedB, k, 0);
            tile = AddFour(tile, sharedA, sharedB, k, 1);
            stageA.Store(sharedA, k + ProductSteps.Depth, in quadsA);
            stageB = stageB.Next();
            StagedQuads quadsB = stageB.Load(to);
            tile = AddFour(tile, sharedA, sharedB, k, 2);
            tile = AddFour(tile, sharedA, sharedB, k, 3);
            stageB.Store(sharedB, k + ProductSteps.Depth, in quadsB);
        }
        return tile;
    }

    // Steps are loaded two rounds before they are multiplied, so that memory has a whole round to answer.
    private static TTile AddAhead(
        TTile tile, OperandStage<RowSide<TTile>, TA> stageA, OperandStage<ColumnSide<TTile>, TB> stageB, ArrayView<F4> sharedA, ArrayView<F4> sharedB,
        int from, int to)
    {
        stageA = stageA.Next();
        StagedQuads nextA = stageA.Load(to);
        stageB = stageB.Next();
        StagedQuads nextB = stageB.Load(to);
        for (int k = from; k < to; k += ProductSteps.Depth)
        {
            Instructions.Barrier();
            stageA = stageA.Next();
            StagedQuads laterA = stageA.Load(to);
            stageB = stageB.Next();
            StagedQuads laterB = stageB.Load(to);
            tile = AddFour(tile, sharedA, sharedB, k, 0);
            tile = AddFour(tile, sharedA, sharedB, k, 1);
            tile = AddFour(tile, sharedA, sharedB, k, 2);
            tile = AddFour(tile, sharedA, sharedB, k, 3);
            stageA.Store(sharedA, k + ProductSteps.Depth, in nextA);
            stageB.Store(sharedB, k + ProductSteps.Depth, in nextB);
            nextA = laterA;
            nextB = laterB;
        }
        return tile;
    }

    private static TTile AddFour(TTile tile, ArrayView<F4> sharedA, ArrayView<F4> sharedB, int k, int chunk)
    {
        int thread = Group.IdxX, rows = 2 * TTile.RowsOf(thread), columns = TTile.ColumnsOf(thread);
        // Fences: else the assembler would load more of what follows than there are registers for.
        if (!IsAhead)
            Instructions.Fence();
        // Constants on a view's base become part of the instruction; in an index they would be sums.
        ArrayView<F4> a = sharedA.SubView(OperandStage<RowSide<TTile>, TA>.At(rows, k, chunk), TTile.Rows);
        ArrayView<F4> b = sharedB.SubView(OperandStage<ColumnSide<TTile>, TB>.At(columns, k, chunk), TTile.Columns);
        tile = TTile.Add(tile, a, b, 0);
        tile = TTile.Add(tile, a, b, 1);
        if (!IsAhead)
            Instructions.Fence();
        tile = TTile.Add(tile, a, b, 2);
        return TTile.Add(tile, a, b, 3);
    }
}

/// <summary>What kind of batch it is.</summary>
internal interface IItems
{
    static abstract bool AreMany { get; }

    /// <summary>Some are added up.</summary>
    static abstract bool ShareOutputs { get; }
}

/// <summary>One product.</summary>
internal readonly struct OneItem : IItems
{
    public static bool AreMany => false;

    public static bool ShareOutputs => false;
}

/// <summary>Each has its own output.</summary>
internal readonly struct OwnOutputs : IItems
{
    public static bool AreMany => true;

    public static bool ShareOutputs => false;
}

/// <summary>Some share outputs.</summary>
internal readonly struct SharedOutputs : IItems
{
    public static bool AreMany => true;

    public static bool ShareOutputs => true;
}

/// <summary>What of the work a group does.</summary>
internal struct ProductLoop
{
    /// <summary>Outputs of the batch that this launch computes: the third dimension of its groups, part by part.</summary>
    public int FirstBatch, BatchCount;

    /// <summary>Products of an item, and how many of them a group sums: all of them, or a multiple of 16.</summary>
    public int K, PartLength;

    /// <summary>Items that share an output.</summary>
    public int Items;

    /// <summary>The steps of A and B from output to output, and from item to item of one output.</summary>
    public Walk Outputs, Shared;
}

/// <summary>Adds up partial sums, a thread a quad, and hands them on.</summary>
internal readonly struct TotalKernel<TOutput>(PartialSums sums, int parts, int rows, int quads, int count, TOutput output) : IGpuKernel
    where TOutput : struct, IProductOutput
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int rest = i / quads, quad = i - rest * quads, item = rest / rows, row = rest - item * rows;
        output.Store(output.Place(item, 0), row, 4 * quad, sums.Total(parts, item, row, quad));
    }
}
