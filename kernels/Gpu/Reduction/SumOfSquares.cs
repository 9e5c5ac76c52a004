using System.Runtime.InteropServices;
using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>The parts of all tensors, a launch a slab; then the sum of each tensor's parts.</summary>
    public void SumOfSquares(in SumOfSquaresCall call)
    {
        if (call.Tensors.Length == 0)
            return;
        var slabs = call.Tensors
            .Select((t, i) => (Index: i, Block: GpuBuffer.Block(t.X), Count: checked((int)t.Count)))
            .GroupBy(t => t.Block.Slab);
        var rows = new List<int>();
        var launches = new List<(GpuHeap.Slab Slab, int FirstRow, int Rows, int FirstPart, int Parts)>();
        int allParts = 0;
        foreach (var slab in slabs)
        {
            int firstPart = allParts;
            foreach (var tensor in slab)
            {
                (int parts, int length) = Parts(tensor.Count);
                rows.AddRange(allParts - firstPart, tensor.Count, length, Place(tensor.Block), allParts, parts, tensor.Index);
                allParts += parts;
            }
            launches.Add((slab.Key, rows.Count / SquaresKernel.Width - slab.Count(), slab.Count(), firstPart, allParts - firstPart));
        }
        using GpuScratch<int> table = Upload(rows);
        using var sums = new GpuScratch<double>(device, allParts);
        foreach (var (slab, firstRow, count, firstPart, parts) in launches)
            device.Run(
                new SquaresKernel(
                    Floats(slab), new TensorTable(table.View.SubView(firstRow * SquaresKernel.Width, count * SquaresKernel.Width), count, SquaresKernel.Width),
                    sums.View.SubView(firstPart, parts)),
                parts);
        device.Run(new TotalsKernel(table.View, sums.View, Doubles(call.Result)), call.Tensors.Length);
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
/// Σ x² of each part of many tensors, a group a part. Rows of the table: first part, elements, elements of a part, block; then, for
/// <see cref="TotalsKernel"/>, the first part of all slabs, parts, and the place of the result.
/// </summary>
internal readonly struct SquaresKernel(ArrayView<float> slab, TensorTable table, ArrayView<double> parts) : IGpuKernel
{
    public const int Width = 7;

    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(RowReduce<Threads256>.GroupSize);
        int row = table.Find(Grid.IdxX), count = table.Number(row, 1), length = table.Number(row, 2);
        ArrayView<float> x = table.Floats(slab, row, 3, count);
        long first = (long)(Grid.IdxX - table.Number(row, 0)) * length, end = IntrinsicMath.Min(first + length, count);
        double all = 0;
        for (long i = first + Group.IdxX; i < end; i += Group.DimX)
            all += (double)x[i] * x[i];
        all = RowReduce<Threads256>.All<double, DoubleSum>(all, scratch);
        if (Group.IdxX == 0)
            parts[Grid.IdxX] = all;
    }
}

/// <summary>The sum of each tensor's parts, up to 256 of them, a group a tensor.</summary>
internal readonly struct TotalsKernel(ArrayView<int> table, ArrayView<double> sums, ArrayView<double> result) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(RowReduce<Threads256>.GroupSize);
        int row = Grid.IdxX * SquaresKernel.Width, first = table[row + 4], parts = table[row + 5];
        double sum = RowReduce<Threads256>.All<double, DoubleSum>(Group.IdxX < parts ? sums[first + Group.IdxX] : 0, scratch);
        if (Group.IdxX == 0)
            result[table[row + 6]] = sum;
    }
}
