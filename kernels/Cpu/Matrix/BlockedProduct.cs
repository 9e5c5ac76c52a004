using static SspNative.Kernels.Cpu.Blocking;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// The blocked matrix product behind GEMM and convolution. B is packed once, in shares of the last-level cache, and read
/// by all threads; blocks of C's rows are tasks of their own, each packing its rows of A. Every element of C is summed by
/// one thread over k-blocks whose size depends on K alone, so results do not depend on the number of threads.
/// </summary>
internal static unsafe class BlockedProduct<TSimd, TVec, TA, TB>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
    where TA : struct, IPanelSource
    where TB : struct, IPanelSource
{
    // Rows in a task: 96 × 256 floats of A are 96 KB, which leaves a 1 MB L2 to the rows of C that every k-block returns to,
    // and each panel of B read from L3 still serves 8 tiles.
    private const int MaxRowBlock = 96;

    // Columns in a task, when there are too few blocks of rows: each packs its rows of A again, which this many repay.
    private const int MinColumnBlock = 128;

    // Packed B at any time: 8 MB, a quarter of L3.
    private const int PackedFloats = 2 << 20;
    private const int MaxPackedColumns = PackedFloats / MaxK;

    // With fewer tiles on top of each other than this, packing B costs more than reading it with its stride.
    private const int MaxInPlaceTiles = 4;

    // Multiply-adds below which waking a thread costs more than it saves.
    private const long ParallelWork = 1 << 18;

    private static int TileRows => MicroKernel<TSimd, TVec>.Rows;

    private static int TileColumns => MicroKernel<TSimd, TVec>.Columns;

    /// <summary>C (m,n) = A (m,k) · B (k,n), finished as <paramref name="output"/> says.</summary>
    public static void Run(int m, int n, int k, TA a, TB b, GemmOutput output)
    {
        if (m == 0 || n == 0)
            return;
        (int kBlock, int kBlocks) = OfK(k);
        int columnSpan = Math.Min(RoundUp(n, TileColumns), MaxPackedColumns);
        int kSpan = Math.Max(1, PackedFloats / columnSpan / kBlock) * kBlock;
        kSpan = Math.Min(kSpan, kBlocks * kBlock);
        bool parallel = (long)m * n * k >= ParallelWork;
        bool inPlace = TB.IsPacked || (m <= MaxInPlaceTiles * TileRows && b.InPlace(0, 0, out _) != null);
        if (parallel && (TB.IsPacked || !inPlace) && StripProduct<TSimd, TVec, TA, TB>.Suits(m, n))
        {
            StripProduct<TSimd, TVec, TA, TB>.Run(m, n, k, a, b, output);
            return;
        }
        using var scratch = Scratch.Open();
        float* packed = scratch.Floats((long)kSpan * (inPlace ? TileColumns : columnSpan));
        for (int column = 0; column < n; column += columnSpan)
        {
            int columns = Math.Min(columnSpan, n - column);
            // Once even when K is 0: the epilogue is due all the same.
            int first = 0;
            do
            {
                var slab = new Slab(m, column, columns, first, Math.Min(kSpan, k - first), kBlock, packed, inPlace);
                PackColumns(slab, b, parallel);
                bool last = first + kSpan >= k;
                Multiply(slab, a, b, output, accumulate: first > 0 || output.Accumulate, last, parallel);
                first += kSpan;
            }
            while (first < k);
        }
    }

    private static void PackColumns(Slab slab, TB b, bool parallel)
    {
        int panels = CeilDivide(slab.Columns, TileColumns);
        // In place, only the last panel is packed, and only if it is not whole.
        int start = slab.InPlace ? slab.Columns / TileColumns : 0;
        CpuThreads.Ranges(panels - start, parallel ? 1 : panels, (from, to) =>
        {
            int column = (start + (int)from) * TileColumns, end = Math.Min((start + (int)to) * TileColumns, slab.Columns);
            b.Pack(slab.Column + column, end - column, slab.K, slab.KCount, TileColumns,
                slab.Packed + (nint)from * TileColumns * slab.KCount);
        });
    }

    private static void Multiply(Slab slab, TA a, TB b, GemmOutput output, bool accumulate, bool last, bool parallel)
    {
        int threads = parallel ? CpuThreads.Count : 1;
        int rowTiles = CeilDivide(slab.Rows, TileRows);
        // As many blocks for each thread, of as many tiles as can be: of eleven blocks one thread would get six, and the other wait.
        int rowBlocks = Math.Min(rowTiles, RoundUp(CeilDivide(slab.Rows, MaxRowBlock), threads));
        // A few tasks for each thread, so that one that is held up is helped out.
        int tasks = threads == 1 ? 1 : 4 * threads;
        int columnBlock = Math.Max(RoundUp(CeilDivide(slab.Columns, CeilDivide(tasks, rowBlocks)), TileColumns), MinColumnBlock);
        int columnBlocks = CeilDivide(slab.Columns, columnBlock);
        CpuThreads.For(rowBlocks * columnBlocks, task =>
        {
            (int block, int across) = Math.DivRem(task, columnBlocks);
            int row = FirstTile(block) * TileRows, end = Math.Min(FirstTile(block + 1) * TileRows, slab.Rows), column = across * columnBlock;
            MultiplyBlock(slab, a, b, output, row, end - row, column, Math.Min(columnBlock, slab.Columns - column), accumulate, last);
        });
        int FirstTile(int block) => (int)((long)block * rowTiles / rowBlocks);
    }

    private static void MultiplyBlock(
        Slab slab, TA a, TB b, GemmOutput output, int row, int rows, int column, int columns, bool accumulate, bool last)
    {
        using var scratch = Scratch.Open();
        float* aBlock = scratch.Floats((long)RoundUp(rows, TileRows) * slab.KBlock);
        float* edge = scratch.Floats(TileRows * TileColumns);
        int k = 0;
        do
        {
            int kCount = Math.Min(slab.KBlock, slab.KCount - k);
            a.Pack(row, rows, slab.K + k, kCount, TileRows, aBlock);
            bool finish = last && k + kCount == slab.KCount;
            for (int j = column; j < column + columns; j += TileColumns)
            {
                float* bPanel = slab.Panel(b, j, k, out nint bStride);
                int tileColumns = Math.Min(TileColumns, column + columns - j);
                for (int i = 0; i < rows; i += TileRows)
                {
                    int tileRows = Math.Min(TileRows, rows - i);
                    float* aPanel = aBlock + i * kCount;
                    float* c = output.C + (row + i) * output.Stride + slab.Column + j;
                    MicroKernel<TSimd, TVec>.MultiplyPart(kCount, aPanel, bPanel, bStride, c, output.Stride, tileRows, tileColumns, edge, accumulate);
                    if (finish)
                        output.Finish<TSimd, TVec>(row + i, slab.Column + j, tileRows, tileColumns, edge);
                }
            }
            accumulate = true;
            k += slab.KBlock;
        }
        while (k < slab.KCount);
    }

    // The part of the product whose B is packed at one time.
    private readonly struct Slab(int rows, int column, int columns, int k, int kCount, int kBlock, float* packed, bool inPlace)
    {
        public int Rows => rows;

        public int Column => column;

        public int Columns => columns;

        public int K => k;

        public int KCount => kCount;

        public int KBlock => kBlock;

        public float* Packed => packed;

        public bool InPlace => inPlace;

        // The panel of B at a column and k of this slab.
        public float* Panel(TB b, int j, int kOffset, out nint stride)
        {
            if (inPlace && j + TileColumns <= columns)
                return b.InPlace(column + j, k + kOffset, out stride);
            stride = TileColumns;
            nint panel = inPlace ? 0 : j;
            return packed + panel * kCount + (nint)kOffset * TileColumns;
        }
    }
}
