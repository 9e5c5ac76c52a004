using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>Elements that one accumulator chain of a sum covers before its result moves up a level.</summary>
    private const long SumBlock = SumOfSquaresCall.Block;

    /// <summary>Rows that a column sum adds up before its result moves up a level.</summary>
    private const long SumRowsBlock = 128;

    /// <summary>Columns that a column sum holds in L1 while it runs down the rows.</summary>
    private const long SumColumns = 1024;

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumVector(float* x, nint n)
    {
        nint w = TSimd.Width, i = 0;
        TVec s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        for (; i <= n - 4 * w; i += 4 * w)
        {
            s0 = TSimd.Add(s0, TSimd.Load(x + i));
            s1 = TSimd.Add(s1, TSimd.Load(x + i + w));
            s2 = TSimd.Add(s2, TSimd.Load(x + i + 2 * w));
            s3 = TSimd.Add(s3, TSimd.Load(x + i + 3 * w));
        }
        for (; i <= n - w; i += w)
            s0 = TSimd.Add(s0, TSimd.Load(x + i));
        if (i < n)
            s1 = TSimd.Add(s1, TSimd.LoadMasked(x + i, TSimd.FirstLanes(n - i)));
        return TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
    }

    /// <summary>
    /// Column sums in levels: blocks of <see cref="SumRowsBlock"/> rows are summed, then the rows of block sums likewise,
    /// until one is left, so the error grows with the logarithm of the length.
    /// </summary>
    private static void SumColumnBlocks(float* x, float* y, long outer, long reduced, long inner, float scale)
    {
        using Scratch scratch = Scratch.Open();
        while (true)
        {
            long blocks = Math.Max(1, (reduced + SumRowsBlock - 1) / SumRowsBlock);
            long tiles = (inner + SumColumns - 1) / SumColumns;
            float* source = x, sums = blocks == 1 ? y : scratch.Floats(outer * blocks * inner);
            long rows = reduced;
            float factor = blocks == 1 ? scale : 1f;
            long grain = Math.Max(1, ElementGrain / (Math.Min(rows, SumRowsBlock) * Math.Min(inner, SumColumns) + 1));
            CpuThreads.Ranges(outer * blocks * tiles, grain, (start, end) =>
            {
                for (long item = start; item < end; item++)
                {
                    long tile = item % tiles, block = item / tiles % blocks, o = item / tiles / blocks;
                    long first = block * SumRowsBlock, column = tile * SumColumns;
                    SumRows(
                        source + (o * rows + first) * inner + column, (nint)inner, (nint)Math.Min(SumRowsBlock, rows - first),
                        sums + (o * blocks + block) * inner + column, (nint)Math.Min(SumColumns, inner - column), factor);
                }
            });
            if (blocks == 1)
                return;
            x = sums;
            reduced = blocks;
        }
    }

    /// <summary>y (n) = scale · Σ of <paramref name="rows"/> rows, in strips of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows(float* x, nint stride, nint rows, float* y, nint n, float scale)
    {
        nint w = TSimd.Width, i = 0;
        TVec s = TSimd.Broadcast(scale);
        for (; i <= n - 4 * w; i += 4 * w)
        {
            TVec a = TSimd.Zero, b = TSimd.Zero, c = TSimd.Zero, d = TSimd.Zero;
            float* p = x + i;
            for (nint r = rows; r > 0; r--, p += stride)
            {
                a = TSimd.Add(a, TSimd.Load(p));
                b = TSimd.Add(b, TSimd.Load(p + w));
                c = TSimd.Add(c, TSimd.Load(p + 2 * w));
                d = TSimd.Add(d, TSimd.Load(p + 3 * w));
            }
            TSimd.Store(y + i, TSimd.Mul(a, s));
            TSimd.Store(y + i + w, TSimd.Mul(b, s));
            TSimd.Store(y + i + 2 * w, TSimd.Mul(c, s));
            TSimd.Store(y + i + 3 * w, TSimd.Mul(d, s));
        }
        for (; i < n; i += w)
        {
            TVec mask = TSimd.FirstLanes(n - i), a = TSimd.Zero;
            float* p = x + i;
            for (nint r = rows; r > 0; r--, p += stride)
                a = TSimd.Add(a, TSimd.LoadMasked(p, mask));
            TSimd.StoreMasked(y + i, mask, TSimd.Mul(a, s));
        }
    }
}
