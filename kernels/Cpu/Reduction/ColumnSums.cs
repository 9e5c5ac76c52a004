using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>Sums over the rows of a matrix, for sums along any but the last axis and for the gradients of weights that all rows share.</summary>
internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>Rows that a column sum adds up before its result moves up a level.</summary>
    private const long SumRowsBlock = 128;

    /// <summary>Columns that a column sum holds in L1 while it runs down the rows.</summary>
    private const long SumColumns = 1024;

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
            long grain = RowGrain(Math.Min(rows, SumRowsBlock) * Math.Min(inner, SumColumns) + 1);
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
