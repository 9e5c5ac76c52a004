using System.Runtime.InteropServices;
using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>The blocks of all tensors, a launch a slab; then the sum of each tensor's blocks, one after the other.</summary>
    public void SumOfSquares(in SumOfSquaresCall call)
    {
        if (call.Tensors.Length == 0)
            return;
        var slabs = call.Tensors
            .Select((t, i) => (Index: i, Block: GpuBuffer.Block(t.X), Count: checked((int)t.Count)))
            .GroupBy(t => t.Block.Slab);
        var rows = new List<int>();
        var launches = new List<(GpuHeap.Slab Slab, int FirstRow, int Rows, int First, int Blocks)>();
        int all = 0;
        foreach (var slab in slabs)
        {
            int first = all;
            foreach (var tensor in slab)
            {
                int blocks = (int)Groups(tensor.Count, SumOfSquaresCall.Block);
                rows.AddRange(all - first, tensor.Count, Place(tensor.Block), all, blocks, tensor.Index);
                all += blocks;
            }
            launches.Add((slab.Key, rows.Count / SquaresKernel.Width - slab.Count(), slab.Count(), first, all - first));
        }
        using GpuScratch<int> table = Upload(rows);
        using var sums = new GpuScratch<double>(device, all);
        foreach (var (slab, firstRow, count, first, blocks) in launches)
            device.Run(
                new SquaresKernel(
                    Floats(slab), new TensorTable(table.View.SubView(firstRow * SquaresKernel.Width, count * SquaresKernel.Width), count, SquaresKernel.Width),
                    sums.View.SubView(first, blocks)),
                blocks);
        device.Run(
            new TotalsKernel(table.View, sums.View, Doubles(call.Result).SubView(0, call.Tensors.Length)),
            Groups(call.Tensors.Length, TotalsKernel.GroupSize));
    }

    /// <summary>A slab as a whole.</summary>
    private static ArrayView<float> Floats(GpuHeap.Slab slab) => ((ArrayView<byte>)slab.Memory.View).Cast<float>();

    /// <summary>Where a block lies in its slab.</summary>
    private static int Place(in GpuBlock block) => checked((int)(block.Offset / GpuHeap.Alignment));

    /// <summary>A table for a kernel.</summary>
    private GpuScratch<int> Upload(List<int> numbers)
    {
        var table = new GpuScratch<int>(device, numbers.Count);
        table.CopyFromHost(CollectionsMarshal.AsSpan(numbers));
        return table;
    }
}

/// <summary>
/// Σ x² of each block of many tensors, a group a block. Rows of the table: first block, elements, place; then, for <see cref="TotalsKernel"/>, the first
/// block of all slabs, blocks, and the place of the result.
/// </summary>
internal readonly struct SquaresKernel(ArrayView<float> slab, TensorTable table, ArrayView<double> sums) : IGpuKernel
{
    public const int Width = 6;

    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(RowReduce<Threads256>.GroupSize);
        int row = table.Find(Grid.IdxX), count = table.Number(row, 1);
        ArrayView<float> x = table.Floats(slab, row, 2, count);
        long first = (long)(Grid.IdxX - table.Number(row, 0)) * SumOfSquaresCall.Block, end = IntrinsicMath.Min(first + SumOfSquaresCall.Block, count);
        double all = 0;
        for (long i = first + Group.IdxX; i < end; i += Group.DimX)
            all += (double)x[i] * x[i];
        all = RowReduce<Threads256>.All<double, DoubleSum>(all, scratch);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = all;
    }
}

/// <summary>The sum of each tensor's blocks, a thread a tensor.</summary>
internal readonly struct TotalsKernel(ArrayView<int> table, ArrayView<double> sums, ArrayView<double> result) : IGpuKernel
{
    public static int GroupSize => 64;

    public void Run()
    {
        int tensor = Grid.IdxX * Group.DimX + Group.IdxX;
        if (tensor >= result.Length)
            return;
        int row = tensor * SquaresKernel.Width, first = table[row + 3], blocks = table[row + 4];
        double sum = 0;
        for (int i = 0; i < blocks; i++)
            sum += sums[first + i];
        result[table[row + 5]] = sum;
    }
}
