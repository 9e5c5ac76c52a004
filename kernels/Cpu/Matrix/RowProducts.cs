using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Few rows times a transposed matrix, as dot products along k: C (m,n) = A (m,k) · Bᵀ with B stored as (n,k). Such a
/// linear layer costs what reading its weight costs, so B is read once, in place and in order. Each dot product is one
/// pass over k whatever the number of threads.
/// </summary>
internal static unsafe class RowProducts<TSimd, TVec, TElement>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
    where TElement : unmanaged, IElement<TElement>
{
    // Dot products of one register tile: 2 rows of A by 4 of B keep 8 sums in flight, as many as the FMA latency hides.
    private const int TileRows = 2;
    private const int TileColumns = 4;

    // Columns between two runs of the epilogue.
    private const int ColumnBlock = 64;

    // Elements of B that a thread should at least read.
    private const int Grain = 1 << 15;

    // Above this, packing B pays.
    private const int MaxRows = 32;

    // Below this, adding up the lanes costs more than the products.
    private const int MinK = 64;

    /// <summary>Whether this beats the blocked product.</summary>
    public static bool Suits(int m, int k) => m <= MaxRows && k >= MinK;

    /// <summary>C (m,n) = A (m,k) · Bᵀ, finished as <paramref name="output"/> says.</summary>
    public static void Run(int m, int n, int k, float* a, nint aStride, TElement* b, nint bStride, GemmOutput output)
    {
        int blocks = (n + ColumnBlock - 1) / ColumnBlock;
        CpuThreads.Ranges(blocks, Math.Max(1, Grain / (ColumnBlock * k)), (from, to) =>
        {
            using var scratch = Scratch.Open();
            float* sums = scratch.Floats(TileRows * TileColumns);
            float* spare = scratch.Floats(2 * TSimd.Width);
            for (int block = (int)from; block < to; block++)
            {
                int start = block * ColumnBlock, end = Math.Min(n, start + ColumnBlock);
                for (int j = start; j < end; j += TileColumns)
                {
                    for (int i = 0; i < m; i += TileRows)
                    {
                        int rows = Math.Min(TileRows, m - i), columns = Math.Min(TileColumns, end - j);
                        // A tile that reaches over the edge repeats its last row or column.
                        Dots(k, a + i * aStride, rows == TileRows ? aStride : 0, b + j * bStride, bStride, columns - 1, sums);
                        Store(output, i, j, rows, columns, sums);
                    }
                }
                output.Finish<TSimd, TVec>(0, start, m, end - start, spare);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dots(nint k, float* a0, nint aStride, TElement* b0, nint bStride, int lastColumn, float* sums)
    {
        nint w = TSimd.Width;
        float* a1 = a0 + aStride;
        TElement* b1 = b0 + bStride * Math.Min(1, lastColumn);
        TElement* b2 = b0 + bStride * Math.Min(2, lastColumn);
        TElement* b3 = b0 + bStride * Math.Min(3, lastColumn);
        TVec c00 = TSimd.Zero, c01 = TSimd.Zero, c02 = TSimd.Zero, c03 = TSimd.Zero;
        TVec c10 = TSimd.Zero, c11 = TSimd.Zero, c12 = TSimd.Zero, c13 = TSimd.Zero;
        nint p = 0;
        for (; p + w <= k; p += w)
        {
            TVec x0 = TSimd.Load(a0 + p), x1 = TSimd.Load(a1 + p);
            TVec y = TElement.Load<TSimd, TVec>(b0 + p);
            c00 = TSimd.Fma(x0, y, c00);
            c10 = TSimd.Fma(x1, y, c10);
            y = TElement.Load<TSimd, TVec>(b1 + p);
            c01 = TSimd.Fma(x0, y, c01);
            c11 = TSimd.Fma(x1, y, c11);
            y = TElement.Load<TSimd, TVec>(b2 + p);
            c02 = TSimd.Fma(x0, y, c02);
            c12 = TSimd.Fma(x1, y, c12);
            y = TElement.Load<TSimd, TVec>(b3 + p);
            c03 = TSimd.Fma(x0, y, c03);
            c13 = TSimd.Fma(x1, y, c13);
        }
        sums[0] = TSimd.Sum(c00);
        sums[1] = TSimd.Sum(c01);
        sums[2] = TSimd.Sum(c02);
        sums[3] = TSimd.Sum(c03);
        sums[4] = TSimd.Sum(c10);
        sums[5] = TSimd.Sum(c11);
        sums[6] = TSimd.Sum(c12);
        sums[7] = TSimd.Sum(c13);
        for (; p < k; p++)
        {
            float y0 = TElement.Widen(b0[p]), y1 = TElement.Widen(b1[p]), y2 = TElement.Widen(b2[p]), y3 = TElement.Widen(b3[p]);
            sums[0] += a0[p] * y0;
            sums[1] += a0[p] * y1;
            sums[2] += a0[p] * y2;
            sums[3] += a0[p] * y3;
            sums[4] += a1[p] * y0;
            sums[5] += a1[p] * y1;
            sums[6] += a1[p] * y2;
            sums[7] += a1[p] * y3;
        }
    }

    private static void Store(in GemmOutput output, int row, int column, int rows, int columns, float* sums)
    {
        for (int i = 0; i < rows; i++)
        {
            float* c = output.C + (row + i) * output.Stride + column;
            for (int j = 0; j < columns; j++)
                c[j] = output.Accumulate ? c[j] + sums[i * TileColumns + j] : sums[i * TileColumns + j];
        }
    }
}
