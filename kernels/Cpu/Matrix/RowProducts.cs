using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

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
    // Dot products of one register tile: 2 rows of A by 4 of B keep 8 sums in flight, as many as the FMA latency hides. With 32 registers 6 rows fit,
    // so that a vector that was read serves more products, and fewer times the lanes are added up while nothing else is to do.
    private const int FewRows = 2;
    private const int ManyRows = 6;
    private const int TileColumns = 4;

    // Columns between two runs of the epilogue.
    private const int ColumnBlock = 64;

    // Elements of B that a thread should at least read.
    private const int Grain = 1 << 15;

    // Above this, packing B pays.
    private const int MaxRows = 32;

    // Below this, adding up the lanes costs more than the products.
    private const int MinK = 64;

    private static bool HasManyRegisters => TSimd.TileRows == 12;

    /// <summary>Whether this beats the blocked product.</summary>
    public static bool Suits(int m, int k) => m <= MaxRows && k >= MinK;

    /// <summary>C (m,n) = A (m,k) · Bᵀ, finished as <paramref name="output"/> says.</summary>
    public static void Run(int m, int n, int k, float* a, nint aStride, TElement* b, nint bStride, GemmOutput output)
    {
        int blocks = (n + ColumnBlock - 1) / ColumnBlock;
        CpuThreads.Ranges(blocks, Math.Max(1, Grain / (ColumnBlock * k)), (from, to) =>
        {
            using var scratch = Scratch.Open();
            float* sums = scratch.Floats(ManyRows * TileColumns);
            float* spare = scratch.Floats(2 * TSimd.Width);
            for (int block = (int)from; block < to; block++)
            {
                int start = block * ColumnBlock, end = Math.Min(n, start + ColumnBlock);
                for (int j = start; j < end; j += TileColumns)
                {
                    int columns = Math.Min(TileColumns, end - j);
                    for (int i = 0; i < m;)
                    {
                        // A tile that reaches over the edge repeats its last row or column.
                        int rows = Math.Min(m - i > ManyRows - FewRows && HasManyRegisters ? ManyRows : FewRows, m - i);
                        if (rows > FewRows)
                            SixRowDots(k, a + i * aStride, aStride, rows - 1, b + j * bStride, bStride, columns - 1, sums);
                        else
                            Dots(k, a + i * aStride, rows == FewRows ? aStride : 0, b + j * bStride, bStride, columns - 1, sums);
                        Store(output, i, j, rows, columns, sums);
                        i += rows;
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
        AddLanes(sums, c00, c01, c02, c03);
        AddLanes(sums + 4, c10, c11, c12, c13);
        for (; p < k; p++)
        {
            float y0 = TElement.Widen(b0[p]), y1 = TElement.Widen(b1[p]), y2 = TElement.Widen(b2[p]), y3 = TElement.Widen(b3[p]);
            AddProducts(sums, a0[p], y0, y1, y2, y3);
            AddProducts(sums + 4, a1[p], y0, y1, y2, y3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixRowDots(nint k, float* a0, nint aStride, int lastRow, TElement* b0, nint bStride, int lastColumn, float* sums)
    {
        nint w = TSimd.Width;
        float* a1 = a0 + aStride * Math.Min(1, lastRow);
        float* a2 = a0 + aStride * Math.Min(2, lastRow);
        float* a3 = a0 + aStride * Math.Min(3, lastRow);
        float* a4 = a0 + aStride * Math.Min(4, lastRow);
        float* a5 = a0 + aStride * Math.Min(5, lastRow);
        TElement* b1 = b0 + bStride * Math.Min(1, lastColumn);
        TElement* b2 = b0 + bStride * Math.Min(2, lastColumn);
        TElement* b3 = b0 + bStride * Math.Min(3, lastColumn);
        TVec c00 = TSimd.Zero, c01 = TSimd.Zero, c02 = TSimd.Zero, c03 = TSimd.Zero;
        TVec c10 = TSimd.Zero, c11 = TSimd.Zero, c12 = TSimd.Zero, c13 = TSimd.Zero;
        TVec c20 = TSimd.Zero, c21 = TSimd.Zero, c22 = TSimd.Zero, c23 = TSimd.Zero;
        TVec c30 = TSimd.Zero, c31 = TSimd.Zero, c32 = TSimd.Zero, c33 = TSimd.Zero;
        TVec c40 = TSimd.Zero, c41 = TSimd.Zero, c42 = TSimd.Zero, c43 = TSimd.Zero;
        TVec c50 = TSimd.Zero, c51 = TSimd.Zero, c52 = TSimd.Zero, c53 = TSimd.Zero;
        // What is multiplied next lies behind the last column.
        nint p = 0, ahead = TileColumns * bStride;
        for (; p + w <= k; p += w)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(b0 + p + ahead);
                Sse.Prefetch0(b1 + p + ahead);
                Sse.Prefetch0(b2 + p + ahead);
                Sse.Prefetch0(b3 + p + ahead);
            }
            TVec y0 = TElement.Load<TSimd, TVec>(b0 + p), y1 = TElement.Load<TSimd, TVec>(b1 + p);
            TVec y2 = TElement.Load<TSimd, TVec>(b2 + p), y3 = TElement.Load<TSimd, TVec>(b3 + p);
            TVec x = TSimd.Load(a0 + p);
            c00 = TSimd.Fma(x, y0, c00);
            c01 = TSimd.Fma(x, y1, c01);
            c02 = TSimd.Fma(x, y2, c02);
            c03 = TSimd.Fma(x, y3, c03);
            x = TSimd.Load(a1 + p);
            c10 = TSimd.Fma(x, y0, c10);
            c11 = TSimd.Fma(x, y1, c11);
            c12 = TSimd.Fma(x, y2, c12);
            c13 = TSimd.Fma(x, y3, c13);
            x = TSimd.Load(a2 + p);
            c20 = TSimd.Fma(x, y0, c20);
            c21 = TSimd.Fma(x, y1, c21);
            c22 = TSimd.Fma(x, y2, c22);
            c23 = TSimd.Fma(x, y3, c23);
            x = TSimd.Load(a3 + p);
            c30 = TSimd.Fma(x, y0, c30);
            c31 = TSimd.Fma(x, y1, c31);
            c32 = TSimd.Fma(x, y2, c32);
            c33 = TSimd.Fma(x, y3, c33);
            x = TSimd.Load(a4 + p);
            c40 = TSimd.Fma(x, y0, c40);
            c41 = TSimd.Fma(x, y1, c41);
            c42 = TSimd.Fma(x, y2, c42);
            c43 = TSimd.Fma(x, y3, c43);
            x = TSimd.Load(a5 + p);
            c50 = TSimd.Fma(x, y0, c50);
            c51 = TSimd.Fma(x, y1, c51);
            c52 = TSimd.Fma(x, y2, c52);
            c53 = TSimd.Fma(x, y3, c53);
        }
        AddLanes(sums, c00, c01, c02, c03);
        AddLanes(sums + 4, c10, c11, c12, c13);
        AddLanes(sums + 8, c20, c21, c22, c23);
        AddLanes(sums + 12, c30, c31, c32, c33);
        AddLanes(sums + 16, c40, c41, c42, c43);
        AddLanes(sums + 20, c50, c51, c52, c53);
        for (; p < k; p++)
        {
            float y0 = TElement.Widen(b0[p]), y1 = TElement.Widen(b1[p]), y2 = TElement.Widen(b2[p]), y3 = TElement.Widen(b3[p]);
            AddProducts(sums, a0[p], y0, y1, y2, y3);
            AddProducts(sums + 4, a1[p], y0, y1, y2, y3);
            AddProducts(sums + 8, a2[p], y0, y1, y2, y3);
            AddProducts(sums + 12, a3[p], y0, y1, y2, y3);
            AddProducts(sums + 16, a4[p], y0, y1, y2, y3);
            AddProducts(sums + 20, a5[p], y0, y1, y2, y3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddLanes(float* sums, TVec c0, TVec c1, TVec c2, TVec c3)
    {
        sums[0] = TSimd.Sum(c0);
        sums[1] = TSimd.Sum(c1);
        sums[2] = TSimd.Sum(c2);
        sums[3] = TSimd.Sum(c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProducts(float* sums, float x, float y0, float y1, float y2, float y3)
    {
        sums[0] += x * y0;
        sums[1] += x * y1;
        sums[2] += x * y2;
        sums[3] += x * y3;
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
