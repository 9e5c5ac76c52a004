using static SspNative.Kernels.Cpu.Blocking;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// A product of so few rows that it costs about as much to bring B from memory and to pack it as to multiply: a task takes a strip of columns over
/// all rows and all of k. A is packed once for all; a panel of B is packed where it is used next, in the first-level cache, if it is not
/// packed already, and while the rows pass by it the next one is fetched from memory. Elements are summed in the order of <see cref="BlockedProduct{TSimd,
/// TVec, TA, TB}"/>.
/// </summary>
internal static unsafe class StripProduct<TSimd, TVec, TA, TB>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
    where TA : struct, IPanelSource
    where TB : struct, IPanelSource
{
    // With more, B is read often enough to be packed for all threads beforehand.
    private const int MaxTiles = 24;

    // Floats of A below which waking a thread costs more than to pack them.
    private const int FewFloats = 1 << 14;

    // Panels in a task at most: what is held up is helped out.
    private const int MaxStripPanels = 8;

    private static int TileRows => MicroKernel<TSimd, TVec>.Rows;

    private static int TileColumns => MicroKernel<TSimd, TVec>.Columns;

    /// <summary>Whether there are few rows, and a strip for every thread.</summary>
    public static bool Suits(int m, int n) => m <= MaxTiles * TileRows && n >= 2 * CpuThreads.Count * TileColumns;

    /// <summary>C (m,n) = A (m,k) · B (k,n), finished as <paramref name="output"/> says.</summary>
    public static void Run(int m, int n, int k, TA a, TB b, GemmOutput output)
    {
        (int kBlock, int kBlocks) = OfK(k);
        int tiles = CeilDivide(m, TileRows), panels = CeilDivide(n, TileColumns);
        int stripPanels = Math.Clamp(panels / (4 * CpuThreads.Count), 1, MaxStripPanels);
        using var scratch = Scratch.Open();
        float* rows = scratch.Floats((long)tiles * TileRows * kBlocks * kBlock);
        void PackRows(int part)
        {
            (int block, int tile) = Math.DivRem(part, tiles);
            int first = block * kBlock, count = Math.Min(kBlock, k - first);
            if (count > 0)
                a.Pack(tile * TileRows, Math.Min(TileRows, m - tile * TileRows), first, count, TileRows, rows + (nint)part * TileRows * kBlock);
        }
        if ((long)m * k <= FewFloats)
            for (int part = 0; part < tiles * kBlocks; part++)
                PackRows(part);
        else
            CpuThreads.For(tiles * kBlocks, PackRows);
        CpuThreads.For(CeilDivide(panels, stripPanels), strip =>
        {
            int column = strip * stripPanels * TileColumns;
            Strip(m, column, Math.Min(n, column + stripPanels * TileColumns), k, kBlock, rows, b, output);
        });
    }

    private static void Strip(int m, int column, int endColumn, int k, int kBlock, float* rows, TB b, GemmOutput output)
    {
        using var scratch = Scratch.Open();
        float* panel = scratch.Floats((long)kBlock * TileColumns);
        float* edge = scratch.Floats(TileRows * TileColumns);
        int tiles = CeilDivide(m, TileRows), first = 0;
        // Once even when K is 0: the epilogue is due all the same.
        do
        {
            int count = Math.Min(kBlock, k - first);
            bool last = first + count >= k, accumulate = first > 0 || output.Accumulate;
            float* aPanel = rows + (nint)(first / kBlock) * tiles * TileRows * kBlock;
            for (int j = column; j < endColumn; j += TileColumns)
            {
                int columns = Math.Min(TileColumns, endColumn - j);
                float* bPanel = panel;
                if (TB.IsPacked)
                    bPanel = b.InPlace(j, first, out _);
                else
                    b.Pack(j, columns, first, count, TileColumns, panel);
                bool atEnd = j + TileColumns >= endColumn;
                int nextColumn = atEnd ? column : j + TileColumns, nextFirst = atEnd ? first + kBlock : first;
                int nextColumns = Math.Min(TileColumns, endColumn - nextColumn), nextCount = Math.Min(kBlock, k - nextFirst);
                for (int tile = 0; tile < tiles; tile++)
                {
                    int row = tile * TileRows, tileRows = Math.Min(TileRows, m - row);
                    if (nextCount > 0 && !TB.IsPacked)
                        for (int lane = tile * nextColumns / tiles; lane < (tile + 1) * nextColumns / tiles; lane++)
                            b.Prefetch(nextColumn + lane, nextFirst, nextCount);
                    MicroKernel<TSimd, TVec>.MultiplyPart(
                        count, aPanel + (nint)row * kBlock, bPanel, TileColumns, output.C + row * output.Stride + j, output.Stride, tileRows, columns, edge,
                        accumulate);
                    if (last)
                        output.Finish<TSimd, TVec>(row, j, tileRows, columns, edge);
                }
            }
            first += kBlock;
        }
        while (first < k);
    }
}
