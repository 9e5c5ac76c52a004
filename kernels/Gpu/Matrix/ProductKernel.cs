using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// C[row, column] = Σ A[row, k] · B[column, k], for every output of a batch over all the items that share it, in their order. A group computes a tile; while
/// it multiplies <see cref="OperandStage{TSide, TPanels}.Depth"/> steps from one half of shared memory, the next are on their way to the other. The order of
/// the sums is that of k for every kind of tile.
/// </summary>
internal readonly struct ProductKernel<TTile, TA, TB, TOutput>(TA a, TB b, TOutput output, ProductLoop loop) : IGpuKernel
    where TTile : struct, ITile<TTile>
    where TA : struct, IPanels<TA>
    where TB : struct, IPanels<TB>
    where TOutput : struct, IProductOutput
{
    private const int Depth = 16;

    public static int GroupSize => TTile.Threads;

    public static int GroupsPerMultiprocessor => TTile.GroupsPerMultiprocessor;

    public void Run()
    {
        ArrayView<F4> sharedA = SharedMemory.Allocate<F4>(2 * Depth / 4 * TTile.Rows), sharedB = SharedMemory.Allocate<F4>(2 * Depth / 4 * TTile.Columns);
        int thread = Group.IdxX, group = Grid.IdxX, part = Grid.IdxY;
        int rest = group / loop.ColumnTiles, firstColumn = (group - rest * loop.ColumnTiles) * TTile.Columns;
        int output1 = rest / loop.RowTiles, firstRow = (rest - output1 * loop.RowTiles) * TTile.Rows;
        int rows = TTile.RowsOf(thread), columns = TTile.ColumnsOf(thread);
        int from = part * loop.PartLength, to = from + loop.PartLength;
        if (to > loop.K)
            to = loop.K;
        (long outputA, long outputB) = loop.Outputs.At(output1);
        TTile tile = default;
        int half = 0;
        for (int item = 0; item < loop.Items; item++)
        {
            (long itemA, long itemB) = loop.Shared.At(item);
            var stageA = OperandStage<RowSide<TTile>, TA>.Begin(a.From(outputA + itemA), firstRow, from, thread);
            var stageB = OperandStage<ColumnSide<TTile>, TB>.Begin(b.From(outputB + itemB), firstColumn, from, thread);
            StagedQuads quadsA = stageA.Load(to), quadsB = stageB.Load(to);
            for (int k = from; k < to; k += Depth)
            {
                ArrayView<F4> nowA = sharedA.SubView(half * (Depth / 4 * TTile.Rows), Depth / 4 * TTile.Rows);
                ArrayView<F4> nowB = sharedB.SubView(half * (Depth / 4 * TTile.Columns), Depth / 4 * TTile.Columns);
                OperandStage<RowSide<TTile>, TA>.Store(nowA, thread, in quadsA);
                OperandStage<ColumnSide<TTile>, TB>.Store(nowB, thread, in quadsB);
                // What is overwritten here was read before the barrier of the step before.
                Instructions.Barrier();
                stageA = stageA.Next();
                stageB = stageB.Next();
                quadsA = stageA.Load(to);
                quadsB = stageB.Load(to);
                for (int chunk = 0; chunk < Depth / 4; chunk++)
                {
                    // Constants on a view's base become part of the instruction; in an index they would be sums.
                    ArrayView<F4> stepA = nowA.SubView(OperandStage<RowSide<TTile>, TA>.At(2 * rows, chunk), TTile.Rows);
                    ArrayView<F4> stepB = nowB.SubView(OperandStage<ColumnSide<TTile>, TB>.At(columns, chunk), TTile.Columns);
                    tile = TTile.Add(tile, stepA, stepB, 0);
                    tile = TTile.Add(tile, stepA, stepB, 1);
                    tile = TTile.Add(tile, stepA, stepB, 2);
                    tile = TTile.Add(tile, stepA, stepB, 3);
                }
                half ^= 1;
            }
        }
        TTile.Store(tile, in output, output.Place(output1, part), firstRow + 8 * rows, firstColumn + 4 * columns);
    }
}

/// <summary>What of the work a group does.</summary>
internal struct ProductLoop
{
    public int RowTiles, ColumnTiles;

    /// <summary>Products of an item, and how many of them a group sums: all of them, or a multiple of 16.</summary>
    public int K, PartLength;

    /// <summary>Items that share an output.</summary>
    public int Items;

    /// <summary>From output to output, A and B; from item to item of one output.</summary>
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
