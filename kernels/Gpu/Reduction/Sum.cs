using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>Elements of a long row that a group sums.</summary>
    private const int RowBlock = 8192;

    public void Sum(in SumCall call)
    {
        (long outer, long reduced, long inner) = (call.Outer, call.Reduced, call.Inner);
        if (inner == 1)
            SumRows(Floats(call.X), Floats(call.Y), outer, reduced, call.Scale);
        else
            SumColumns(Floats(call.X), Floats(call.Y), outer, reduced, inner, call.Scale);
    }

    /// <summary>y (rows) = scale · Σ of each row; long rows in blocks.</summary>
    private void SumRows(ArrayView<float> x, ArrayView<float> y, long rows, long length, float scale)
    {
        if (length > RowBlock)
        {
            long blocks = Groups(length, RowBlock);
            using var sums = new GpuScratch<float>(device, rows * blocks);
            int count = checked((int)(rows * blocks));
            device.Run(new RowSumKernel<Threads256>(x, sums.View, count, checked((int)length), RowBlock, (int)blocks, 1f), count);
            SumRows(sums.View, y, rows, blocks, scale);
        }
        else if (length > LongestRow.Warp)
        {
            RowSums<Threads256>(x, y, rows, length, scale);
        }
        else if (length > LongestRow.EightThreads)
        {
            RowSums<Threads32>(x, y, rows, length, scale);
        }
        else
        {
            RowSums<Threads8>(x, y, rows, length, scale);
        }
    }

    private void RowSums<TThreads>(ArrayView<float> x, ArrayView<float> y, long rows, long length, float scale)
        where TThreads : struct, IRowThreads =>
        device.Run(
            new RowSumKernel<TThreads>(x, y, checked((int)rows), (int)length, (int)length, 1, scale), Groups(rows, RowReduce<TThreads>.Rows));

    /// <summary>y (outer,inner) = scale · Σ over the middle of x (outer,reduced,inner), in levels of <see cref="ColumnSumKernel.Block"/> rows.</summary>
    private void SumColumns(ArrayView<float> x, ArrayView<float> y, long outer, long reduced, long inner, float scale)
    {
        long blocks = Math.Max(1, Groups(reduced, ColumnSumKernel.Block));
        if (blocks == 1)
        {
            SumBlocks(x, y, outer, reduced, inner, 1, scale);
            return;
        }
        using var sums = new GpuScratch<float>(device, outer * blocks * inner);
        SumBlocks(x, sums.View, outer, reduced, inner, blocks, 1f);
        SumColumns(sums.View, y, outer, blocks, inner, scale);
    }

    private void SumBlocks(ArrayView<float> x, ArrayView<float> y, long outer, long reduced, long inner, long blocks, float scale)
    {
        int count = checked((int)(outer * blocks * inner));
        device.Run(
            new ColumnSumKernel(x, y, checked((int)reduced), checked((int)inner), checked((int)blocks), count, scale),
            Groups(count, ColumnSumKernel.GroupSize));
    }
}

/// <summary>Sums of blocks of rows: y (rows,blocks) of x (rows,length).</summary>
internal readonly struct RowSumKernel<TThreads>(ArrayView<float> x, ArrayView<float> y, int count, int length, int block, int blocks, float scale) : IGpuKernel
    where TThreads : struct, IRowThreads
{
    public static int GroupSize => RowReduce<TThreads>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<TThreads>.GroupSize);
        int item = RowReduce<TThreads>.Row, row = item / blocks, first = (item - row * blocks) * block;
        float sum = 0f;
        if (item < count)
        {
            int end = IntrinsicMath.Min(first + block, length);
            ArrayView<float> from = x.SubView((long)row * length, length);
            for (int i = first + RowReduce<TThreads>.Lane; i < end; i += TThreads.Count)
                sum += from[i];
        }
        sum = RowReduce<TThreads>.All<float, FloatSum>(sum, scratch);
        if (item < count && RowReduce<TThreads>.Lane == 0)
            y[item] = sum * scale;
    }
}

/// <summary>Sums of blocks of 64 rows: y (outer,blocks,inner) of x (outer,reduced,inner), a thread an element.</summary>
internal readonly struct ColumnSumKernel(ArrayView<float> x, ArrayView<float> y, int reduced, int inner, int blocks, int count, float scale) : IGpuKernel
{
    /// <summary>Rows that a thread sums one after the other; sums of them are summed likewise, so the error grows with the logarithm.</summary>
    public const int Block = 64;

    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int rows = i / inner, column = i - rows * inner, outer = rows / blocks, first = (rows - outer * blocks) * Block;
        int end = IntrinsicMath.Min(first + Block, reduced);
        long at = ((long)outer * reduced + first) * inner + column;
        float sum = 0f;
        for (int r = first; r < end; r++, at += inner)
            sum += x[at];
        y[i] = sum * scale;
    }
}
