using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// The register tile of all matrix work: C (R, 2W) = or += Aᵀ (k, R)ᵀ · B (k, 2W), with R = <see cref="ISimd{TVec}.TileRows"/>
/// and W = <see cref="ISimd{TVec}.Width"/>. B has one row of 2W floats per k; A is a packed panel, one row of R floats per k, or is
/// read in place (<see cref="ILeftOperand"/>). The loops are written out because the JIT keeps accumulators in registers only as
/// separate locals.
/// </summary>
internal static unsafe class MicroKernel<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    /// <summary>Rows of C in one tile.</summary>
    public static int Rows => TSimd.TileRows;

    /// <summary>Columns of C in one tile.</summary>
    public static int Columns => 2 * TSimd.Width;

    /// <summary>
    /// One tile. <paramref name="stride"/> is the distance of C's rows in elements; whole tiles are written.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(nint k, float* aPanel, float* bPanel, float* c, nint stride, bool accumulate) =>
        Multiply(k, aPanel, bPanel, Columns, c, stride, accumulate);

    /// <summary>The same with rows of B <paramref name="bStride"/> elements apart: a panel or a matrix read in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(nint k, float* aPanel, float* b, nint bStride, float* c, nint stride, bool accumulate)
    {
        if (TSimd.TileRows == 12)
            Tile12<PackedLeft<TSimd, TVec>>(k, aPanel, b, bStride, c, stride, accumulate);
        else
            Tile6<PackedLeft<TSimd, TVec>>(k, aPanel, b, bStride, c, stride, accumulate);
    }

    /// <summary>
    /// One tile of which only so many rows and columns are C's. One that reaches over C's edge is computed in <paramref name="edge"/>, which has room
    /// for a tile.
    /// </summary>
    public static void MultiplyPart(
        nint k, float* aPanel, float* b, nint bStride, float* c, nint stride, int rows, int columns, float* edge, bool accumulate)
    {
        if (rows == Rows && columns == Columns)
        {
            Multiply(k, aPanel, b, bStride, c, stride, accumulate);
            return;
        }
        if (columns == Columns && rows % 4 == 0 && rows <= Rows - 4)
        {
            MultiplyRows<PackedLeft<TSimd, TVec>>(rows, k, aPanel, b, bStride, c, stride, accumulate);
            return;
        }
        if (accumulate)
            CopyTile(c, stride, edge, Columns, rows, columns);
        MultiplyRows<PackedLeft<TSimd, TVec>>(rows, k, aPanel, b, bStride, edge, Columns, accumulate);
        CopyTile(edge, Columns, c, stride, rows, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTile(float* source, nint sourceStride, float* target, nint targetStride, int rows, int columns)
    {
        for (; rows > 0; rows--, source += sourceStride, target += targetStride)
            Packing.Copy(source, columns, target);
    }

    /// <summary>
    /// One tile of which only the first rows are wanted, with a left operand of any form; they are rounded up to four if that
    /// saves work.
    /// </summary>
    public static void MultiplyRows<TLeft>(
        int rows, nint depth, float* a, float* b, nint bStride, float* c, nint stride, bool accumulate)
        where TLeft : struct, ILeftOperand
    {
        if (rows <= TSimd.TileRows - 4)
            for (nint r = 0; r < rows; r += 4)
                FourRows<TLeft>(depth, a + r * TLeft.RowStride, b, bStride, c + r * stride, stride, accumulate);
        else if (TSimd.TileRows == 12)
            Tile12<TLeft>(depth, a, b, bStride, c, stride, accumulate);
        else
            Tile6<TLeft>(depth, a, b, bStride, c, stride, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows<TLeft>(nint depth, float* a, float* b, nint bStride, float* c, nint stride, bool accumulate)
        where TLeft : struct, ILeftOperand
    {
        nint w = TSimd.Width;
        TVec c00 = TSimd.Zero, c01 = TSimd.Zero;
        TVec c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVec c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVec c30 = TSimd.Zero, c31 = TSimd.Zero;
        for (; depth > 0; depth--)
        {
            TVec b0 = TSimd.Load(b), b1 = TSimd.Load(b + w);
            TVec x = TSimd.Broadcast(a[0]);
            c00 = TSimd.Fma(x, b0, c00);
            c01 = TSimd.Fma(x, b1, c01);
            x = TSimd.Broadcast(a[TLeft.RowStride]);
            c10 = TSimd.Fma(x, b0, c10);
            c11 = TSimd.Fma(x, b1, c11);
            x = TSimd.Broadcast(a[2 * TLeft.RowStride]);
            c20 = TSimd.Fma(x, b0, c20);
            c21 = TSimd.Fma(x, b1, c21);
            x = TSimd.Broadcast(a[3 * TLeft.RowStride]);
            c30 = TSimd.Fma(x, b0, c30);
            c31 = TSimd.Fma(x, b1, c31);
            a += TLeft.StepStride;
            b += bStride;
        }
        StoreRow(c, c00, c01, accumulate);
        StoreRow(c + stride, c10, c11, accumulate);
        StoreRow(c + 2 * stride, c20, c21, accumulate);
        StoreRow(c + 3 * stride, c30, c31, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(float* c, TVec x0, TVec x1, bool accumulate)
    {
        if (accumulate)
        {
            x0 = TSimd.Add(x0, TSimd.Load(c));
            x1 = TSimd.Add(x1, TSimd.Load(c + TSimd.Width));
        }
        TSimd.Store(c, x0);
        TSimd.Store(c + TSimd.Width, x1);
    }

    // C is not touched before the sums are complete; asking for it now hides the way to memory behind them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* c, nint stride)
    {
        if (!Sse.IsSupported)
            return;
        for (int row = 0; row < TSimd.TileRows; row++, c += stride)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + 2 * TSimd.Width - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<TLeft>(nint k, float* a, float* b, nint bStride, float* c, nint stride, bool accumulate)
        where TLeft : struct, ILeftOperand
    {
        Prefetch(c, stride);
        nint w = TSimd.Width;
        TVec c00 = TSimd.Zero, c01 = TSimd.Zero;
        TVec c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVec c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVec c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVec c40 = TSimd.Zero, c41 = TSimd.Zero;
        TVec c50 = TSimd.Zero, c51 = TSimd.Zero;
        TVec c60 = TSimd.Zero, c61 = TSimd.Zero;
        TVec c70 = TSimd.Zero, c71 = TSimd.Zero;
        TVec c80 = TSimd.Zero, c81 = TSimd.Zero;
        TVec c90 = TSimd.Zero, c91 = TSimd.Zero;
        TVec c100 = TSimd.Zero, c101 = TSimd.Zero;
        TVec c110 = TSimd.Zero, c111 = TSimd.Zero;
        for (; k > 0; k--)
        {
            TVec b0 = TSimd.Load(b), b1 = TSimd.Load(b + w);
            TVec x = TSimd.Broadcast(a[0]);
            c00 = TSimd.Fma(x, b0, c00);
            c01 = TSimd.Fma(x, b1, c01);
            x = TSimd.Broadcast(a[TLeft.RowStride]);
            c10 = TSimd.Fma(x, b0, c10);
            c11 = TSimd.Fma(x, b1, c11);
            x = TSimd.Broadcast(a[2 * TLeft.RowStride]);
            c20 = TSimd.Fma(x, b0, c20);
            c21 = TSimd.Fma(x, b1, c21);
            x = TSimd.Broadcast(a[3 * TLeft.RowStride]);
            c30 = TSimd.Fma(x, b0, c30);
            c31 = TSimd.Fma(x, b1, c31);
            x = TSimd.Broadcast(a[4 * TLeft.RowStride]);
            c40 = TSimd.Fma(x, b0, c40);
            c41 = TSimd.Fma(x, b1, c41);
            x = TSimd.Broadcast(a[5 * TLeft.RowStride]);
            c50 = TSimd.Fma(x, b0, c50);
            c51 = TSimd.Fma(x, b1, c51);
            x = TSimd.Broadcast(a[6 * TLeft.RowStride]);
            c60 = TSimd.Fma(x, b0, c60);
            c61 = TSimd.Fma(x, b1, c61);
            x = TSimd.Broadcast(a[7 * TLeft.RowStride]);
            c70 = TSimd.Fma(x, b0, c70);
            c71 = TSimd.Fma(x, b1, c71);
            x = TSimd.Broadcast(a[8 * TLeft.RowStride]);
            c80 = TSimd.Fma(x, b0, c80);
            c81 = TSimd.Fma(x, b1, c81);
            x = TSimd.Broadcast(a[9 * TLeft.RowStride]);
            c90 = TSimd.Fma(x, b0, c90);
            c91 = TSimd.Fma(x, b1, c91);
            x = TSimd.Broadcast(a[10 * TLeft.RowStride]);
            c100 = TSimd.Fma(x, b0, c100);
            c101 = TSimd.Fma(x, b1, c101);
            x = TSimd.Broadcast(a[11 * TLeft.RowStride]);
            c110 = TSimd.Fma(x, b0, c110);
            c111 = TSimd.Fma(x, b1, c111);
            a += TLeft.StepStride;
            b += bStride;
        }
        if (accumulate)
        {
            float* p = c;
            c00 = TSimd.Add(c00, TSimd.Load(p));
            c01 = TSimd.Add(c01, TSimd.Load(p + w));
            p += stride;
            c10 = TSimd.Add(c10, TSimd.Load(p));
            c11 = TSimd.Add(c11, TSimd.Load(p + w));
            p += stride;
            c20 = TSimd.Add(c20, TSimd.Load(p));
            c21 = TSimd.Add(c21, TSimd.Load(p + w));
            p += stride;
            c30 = TSimd.Add(c30, TSimd.Load(p));
            c31 = TSimd.Add(c31, TSimd.Load(p + w));
            p += stride;
            c40 = TSimd.Add(c40, TSimd.Load(p));
            c41 = TSimd.Add(c41, TSimd.Load(p + w));
            p += stride;
            c50 = TSimd.Add(c50, TSimd.Load(p));
            c51 = TSimd.Add(c51, TSimd.Load(p + w));
            p += stride;
            c60 = TSimd.Add(c60, TSimd.Load(p));
            c61 = TSimd.Add(c61, TSimd.Load(p + w));
            p += stride;
            c70 = TSimd.Add(c70, TSimd.Load(p));
            c71 = TSimd.Add(c71, TSimd.Load(p + w));
            p += stride;
            c80 = TSimd.Add(c80, TSimd.Load(p));
            c81 = TSimd.Add(c81, TSimd.Load(p + w));
            p += stride;
            c90 = TSimd.Add(c90, TSimd.Load(p));
            c91 = TSimd.Add(c91, TSimd.Load(p + w));
            p += stride;
            c100 = TSimd.Add(c100, TSimd.Load(p));
            c101 = TSimd.Add(c101, TSimd.Load(p + w));
            p += stride;
            c110 = TSimd.Add(c110, TSimd.Load(p));
            c111 = TSimd.Add(c111, TSimd.Load(p + w));
        }
        TSimd.Store(c, c00);
        TSimd.Store(c + w, c01);
        c += stride;
        TSimd.Store(c, c10);
        TSimd.Store(c + w, c11);
        c += stride;
        TSimd.Store(c, c20);
        TSimd.Store(c + w, c21);
        c += stride;
        TSimd.Store(c, c30);
        TSimd.Store(c + w, c31);
        c += stride;
        TSimd.Store(c, c40);
        TSimd.Store(c + w, c41);
        c += stride;
        TSimd.Store(c, c50);
        TSimd.Store(c + w, c51);
        c += stride;
        TSimd.Store(c, c60);
        TSimd.Store(c + w, c61);
        c += stride;
        TSimd.Store(c, c70);
        TSimd.Store(c + w, c71);
        c += stride;
        TSimd.Store(c, c80);
        TSimd.Store(c + w, c81);
        c += stride;
        TSimd.Store(c, c90);
        TSimd.Store(c + w, c91);
        c += stride;
        TSimd.Store(c, c100);
        TSimd.Store(c + w, c101);
        c += stride;
        TSimd.Store(c, c110);
        TSimd.Store(c + w, c111);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<TLeft>(nint k, float* a, float* b, nint bStride, float* c, nint stride, bool accumulate)
        where TLeft : struct, ILeftOperand
    {
        Prefetch(c, stride);
        nint w = TSimd.Width;
        TVec c00 = TSimd.Zero, c01 = TSimd.Zero;
        TVec c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVec c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVec c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVec c40 = TSimd.Zero, c41 = TSimd.Zero;
        TVec c50 = TSimd.Zero, c51 = TSimd.Zero;
        for (; k > 0; k--)
        {
            TVec b0 = TSimd.Load(b), b1 = TSimd.Load(b + w);
            TVec x = TSimd.Broadcast(a[0]);
            c00 = TSimd.Fma(x, b0, c00);
            c01 = TSimd.Fma(x, b1, c01);
            x = TSimd.Broadcast(a[TLeft.RowStride]);
            c10 = TSimd.Fma(x, b0, c10);
            c11 = TSimd.Fma(x, b1, c11);
            x = TSimd.Broadcast(a[2 * TLeft.RowStride]);
            c20 = TSimd.Fma(x, b0, c20);
            c21 = TSimd.Fma(x, b1, c21);
            x = TSimd.Broadcast(a[3 * TLeft.RowStride]);
            c30 = TSimd.Fma(x, b0, c30);
            c31 = TSimd.Fma(x, b1, c31);
            x = TSimd.Broadcast(a[4 * TLeft.RowStride]);
            c40 = TSimd.Fma(x, b0, c40);
            c41 = TSimd.Fma(x, b1, c41);
            x = TSimd.Broadcast(a[5 * TLeft.RowStride]);
            c50 = TSimd.Fma(x, b0, c50);
            c51 = TSimd.Fma(x, b1, c51);
            a += TLeft.StepStride;
            b += bStride;
        }
        if (accumulate)
        {
            float* p = c;
            c00 = TSimd.Add(c00, TSimd.Load(p));
            c01 = TSimd.Add(c01, TSimd.Load(p + w));
            p += stride;
            c10 = TSimd.Add(c10, TSimd.Load(p));
            c11 = TSimd.Add(c11, TSimd.Load(p + w));
            p += stride;
            c20 = TSimd.Add(c20, TSimd.Load(p));
            c21 = TSimd.Add(c21, TSimd.Load(p + w));
            p += stride;
            c30 = TSimd.Add(c30, TSimd.Load(p));
            c31 = TSimd.Add(c31, TSimd.Load(p + w));
            p += stride;
            c40 = TSimd.Add(c40, TSimd.Load(p));
            c41 = TSimd.Add(c41, TSimd.Load(p + w));
            p += stride;
            c50 = TSimd.Add(c50, TSimd.Load(p));
            c51 = TSimd.Add(c51, TSimd.Load(p + w));
        }
        TSimd.Store(c, c00);
        TSimd.Store(c + w, c01);
        c += stride;
        TSimd.Store(c, c10);
        TSimd.Store(c + w, c11);
        c += stride;
        TSimd.Store(c, c20);
        TSimd.Store(c + w, c21);
        c += stride;
        TSimd.Store(c, c30);
        TSimd.Store(c + w, c31);
        c += stride;
        TSimd.Store(c, c40);
        TSimd.Store(c + w, c41);
        c += stride;
        TSimd.Store(c, c50);
        TSimd.Store(c + w, c51);
    }
}
