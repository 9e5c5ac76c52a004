namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>Elements that one accumulator chain of a sum covers before its result moves up a level.</summary>
    private const long SumBlock = SumOfSquaresCall.Block;

    public void Sum(in SumCall call)
    {
        if (call.Inner == 1)
            SumContiguous(Floats(call.X), Floats(call.Y), call.Outer, call.Reduced, call.Scale);
        else
            SumColumnBlocks(Floats(call.X), Floats(call.Y), call.Outer, call.Reduced, call.Inner, call.Scale);
    }

    /// <summary>Row sums: blocks in float, their sums in double.</summary>
    private static void SumContiguous(float* x, float* y, long outer, long reduced, float scale)
    {
        if (outer >= 16 || outer * reduced <= 2 * ElementGrain)
        {
            CpuThreads.Ranges(outer, RowGrain(reduced), (start, end) =>
            {
                for (long row = start; row < end; row++)
                {
                    double sum = 0;
                    for (long i = 0; i < reduced; i += SumBlock)
                        sum += SumVector(x + row * reduced + i, (nint)Math.Min(SumBlock, reduced - i));
                    y[row] = (float)(sum * scale);
                }
            });
            return;
        }
        using Scratch scratch = Scratch.Open();
        long blocks = (reduced + SumBlock - 1) / SumBlock;
        float* partial = scratch.Floats(blocks);
        for (long row = 0; row < outer; row++)
        {
            float* start = x + row * reduced;
            CpuThreads.Ranges(blocks, ElementGrain / SumBlock, (first, end) =>
            {
                for (long block = first; block < end; block++)
                    partial[block] = SumVector(start + block * SumBlock, (nint)Math.Min(SumBlock, reduced - block * SumBlock));
            });
            double sum = 0;
            for (long block = 0; block < blocks; block++)
                sum += partial[block];
            y[row] = (float)(sum * scale);
        }
    }
}
