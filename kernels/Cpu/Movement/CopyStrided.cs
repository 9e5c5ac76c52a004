using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>Side of the square blocks in which a transposition works, so that both sides use whole cache lines.</summary>
    private const int TransposeBlock = 64;

    public void CopyStrided(in CopyStridedCall call)
    {
        if (call.To.Count == 0)
            return;
        CopyLoops loops = CopyLoops.Of(call.From, call.To);
        byte* from = (byte*)CpuBuffer.Pointer(call.Source) + call.From.Offset * call.ElementSize;
        byte* to = (byte*)CpuBuffer.Pointer(call.Destination) + call.To.Offset * call.ElementSize;
        switch (call.ElementSize)
        {
            case 1:
                Copy(loops, from, to);
                break;
            case 2:
                Copy(loops, (ushort*)from, (ushort*)to);
                break;
            case 4:
                Copy(loops, (uint*)from, (uint*)to);
                break;
            default:
                Copy(loops, (ulong*)from, (ulong*)to);
                break;
        }
    }

    private static void Copy<T>(CopyLoops loops, T* from, T* to) where T : unmanaged
    {
        int last = loops.Dims.Length - 1;
        int transposed = loops.DestinationStrides[last] == 1 ? Array.IndexOf(loops.SourceStrides, 1) : -1;
        if (transposed >= 0 && transposed != last)
            CopyTransposed(loops.WithNextToLast(transposed), from, to);
        else
            CopyRows(loops, from, to);
    }

    /// <summary>
    /// Copies row by row along the innermost loop; the work is cut into blocks of rows, and long rows into pieces.
    /// </summary>
    private static void CopyRows<T>(CopyLoops loops, T* from, T* to) where T : unmanaged
    {
        if (loops.Dims.Length == 1)
            loops = new CopyLoops([1, .. loops.Dims], [0, .. loops.SourceStrides], [0, .. loops.DestinationStrides]);
        int outer = loops.Dims.Length - 2;
        long rows = loops.Dims[outer], n = loops.Dims[outer + 1];
        nint sourceRow = (nint)loops.SourceStrides[outer], destinationRow = (nint)loops.DestinationStrides[outer];
        nint sourceStep = (nint)loops.SourceStrides[outer + 1], destinationStep = (nint)loops.DestinationStrides[outer + 1];
        long piece = Math.Min(n, ElementGrain), height = Math.Min(rows, RowGrain(piece));
        long pieces = (n + piece - 1) / piece, blocks = (rows + height - 1) / height * pieces;
        CpuThreads.Ranges(loops.Count(outer) * blocks, RowGrain(piece * height), (start, end) =>
        {
            var cursor = new CopyCursor(loops, outer, start / blocks);
            for (long item = start; item < end; item++)
            {
                long row = item % blocks / pieces * height, first = item % pieces * piece;
                CopyBlock(
                    from + cursor.Source + row * sourceRow + first * sourceStep, sourceRow, sourceStep,
                    to + cursor.Destination + row * destinationRow + first * destinationStep, destinationRow, destinationStep,
                    (nint)Math.Min(height, rows - row), (nint)Math.Min(piece, n - first));
                if (item % blocks == blocks - 1)
                    cursor.Advance();
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyBlock<T>(
        T* from, nint sourceRow, nint sourceStep, T* to, nint destinationRow, nint destinationStep, nint rows, nint n)
        where T : unmanaged
    {
        for (; rows > 0; rows--, from += sourceRow, to += destinationRow)
        {
            if (sourceStep == 1 && destinationStep == 1)
            {
                Unsafe.CopyBlockUnaligned(to, from, (uint)(n * sizeof(T)));
                continue;
            }
            for (nint i = 0; i < n; i++)
                to[i * destinationStep] = from[i * sourceStep];
        }
    }

    /// <summary>Copies when the innermost loop runs along destination rows and the next along source rows.</summary>
    private static void CopyTransposed<T>(CopyLoops loops, T* from, T* to) where T : unmanaged
    {
        int outer = loops.Dims.Length - 2;
        long rows = loops.Dims[outer], columns = loops.Dims[outer + 1];
        var destinationStride = (nint)loops.DestinationStrides[outer];
        var sourceStride = (nint)loops.SourceStrides[outer + 1];
        long rowBlocks = (rows + TransposeBlock - 1) / TransposeBlock;
        long columnBlocks = (columns + TransposeBlock - 1) / TransposeBlock;
        long blocks = rowBlocks * columnBlocks;
        long elements = Math.Min(rows, TransposeBlock) * Math.Min(columns, TransposeBlock);
        CpuThreads.Ranges(loops.Count(outer) * blocks, RowGrain(elements), (start, end) =>
        {
            var cursor = new CopyCursor(loops, outer, start / blocks);
            for (long item = start; item < end; item++)
            {
                long row = item % blocks / columnBlocks * TransposeBlock, column = item % columnBlocks * TransposeBlock;
                TransposeTile(
                    from + cursor.Source + column * sourceStride + row, sourceStride,
                    to + cursor.Destination + row * destinationStride + column, destinationStride,
                    (nint)Math.Min(TransposeBlock, rows - row), (nint)Math.Min(TransposeBlock, columns - column));
                if (item % blocks == blocks - 1)
                    cursor.Advance();
            }
        });
    }

    /// <summary>to[r, c] = from[c, r].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeTile<T>(T* from, nint sourceStride, T* to, nint destinationStride, nint rows, nint columns)
        where T : unmanaged
    {
        nint wholeRows = 0, wholeColumns = 0;
        if (Avx.IsSupported && sizeof(T) == sizeof(float))
        {
            wholeRows = rows & ~3;
            wholeColumns = columns & ~7;
            // Sixteen rows at a time: all of a source cache line is used while it is in L1.
            for (nint block = 0; block < wholeRows; block += 16)
                for (nint c = 0; c < wholeColumns; c += 8)
                    for (nint r = block; r < wholeRows && r < block + 16; r += 4)
                        Transpose8x4(
                            (float*)(from + c * sourceStride + r), sourceStride,
                            (float*)(to + r * destinationStride + c), destinationStride);
        }
        for (nint r = 0; r < rows; r++)
            for (nint c = r < wholeRows ? wholeColumns : 0; c < columns; c++)
                to[r * destinationStride + c] = from[c * sourceStride + r];
    }

    /// <summary>Four rows of eight from eight rows of four; each half of a register holds a 4×4 block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x4(float* from, nint sourceStride, float* to, nint destinationStride)
    {
        float* lower = from + 4 * sourceStride;
        var a = Vector256.Create(Vector128.Load(from), Vector128.Load(lower));
        var b = Vector256.Create(Vector128.Load(from + sourceStride), Vector128.Load(lower + sourceStride));
        var c = Vector256.Create(Vector128.Load(from + 2 * sourceStride), Vector128.Load(lower + 2 * sourceStride));
        var d = Vector256.Create(Vector128.Load(from + 3 * sourceStride), Vector128.Load(lower + 3 * sourceStride));
        Vector256<float> ab01 = Avx.UnpackLow(a, b), ab23 = Avx.UnpackHigh(a, b);
        Vector256<float> cd01 = Avx.UnpackLow(c, d), cd23 = Avx.UnpackHigh(c, d);
        Avx.Shuffle(ab01, cd01, 0b01_00_01_00).Store(to);
        Avx.Shuffle(ab01, cd01, 0b11_10_11_10).Store(to + destinationStride);
        Avx.Shuffle(ab23, cd23, 0b01_00_01_00).Store(to + 2 * destinationStride);
        Avx.Shuffle(ab23, cd23, 0b11_10_11_10).Store(to + 3 * destinationStride);
    }
}
