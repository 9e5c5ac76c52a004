using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>What sorting, long cells and the gathering of cells share.</summary>
internal static class SampleCells
{
    /// <summary>
    /// A cell of more records is long. The records of a segment are cut into blocks of as many; of a long cell every block has a piece, and it is the
    /// cell of the block's first record or that of its last, since none between them is long.
    /// </summary>
    public const int Long = 256;

    /// <summary>Sums that a block may have: for the cell of its first record and for that of its last, at each of four corners.</summary>
    public const int SumsOfBlock = 8;

    /// <summary>The starts of the cells of a level and head, and after them the number of records.</summary>
    public static ArrayView<int> StartsOf(in SampleLayout layout, in SampledLevel level, ArrayView<int> starts, int group) =>
        starts.SubView((long)group * layout.Cells + level.FirstCell, level.Cells + 1);

    /// <summary>Adds records first … end−1 to the sum of a corner.</summary>
    public static TChannels Add<TChannels>(
        ArrayView<F4> records, int first, int end, int corner, ArrayView<float> dy, int each, int channels, TChannels sum)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        // Four at a time: a load takes long, and the next need not wait for it.
        int i = first;
        for (; i + 4 <= end; i += 4)
        {
            SampleRecord a = new(records[i]), b = new(records[i + 1]), c = new(records[i + 2]), d = new(records[i + 3]);
            TChannels dyA = TChannels.Load(dy, a.Item * each + channels), dyB = TChannels.Load(dy, b.Item * each + channels);
            TChannels dyC = TChannels.Load(dy, c.Item * each + channels), dyD = TChannels.Load(dy, d.Item * each + channels);
            sum = TChannels.Fma(b.CornerWeight(corner), dyB, TChannels.Fma(a.CornerWeight(corner), dyA, sum));
            sum = TChannels.Fma(d.CornerWeight(corner), dyD, TChannels.Fma(c.CornerWeight(corner), dyC, sum));
        }
        for (; i < end; i++)
        {
            SampleRecord record = new(records[i]);
            sum = TChannels.Fma(record.CornerWeight(corner), TChannels.Load(dy, record.Item * each + channels), sum);
        }
        return sum;
    }
}

/// <summary>A group for every block of 256 records: the sums of its pieces of long cells.</summary>
/// <param name="pieces">(Segments, blocks, first or last, corner, C).</param>
/// <param name="each">Threads' worth of channels of a head.</param>
internal readonly struct LongCellKernel<TChannels>(
    SampleLayout layout, ArrayView<int> starts, ArrayView<F4> records, ArrayView<float> dy, ArrayView<float> pieces, int each, int blocks)
    : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    private const int Threads = 64;

    public static int GroupSize => Threads;

    public static int GroupsPerMultiprocessor => 16;

    public void Run()
    {
        int segment = Grid.IdxX / blocks, block = Grid.IdxX - segment * blocks, group = segment / layout.Levels;
        SampledLevel level = layout.Level(segment - group * layout.Levels);
        ArrayView<int> start = SampleCells.StartsOf(in layout, in level, starts, group);
        int count = start[level.Cells], begin = block * SampleCells.Long, end = begin + SampleCells.Long < count ? begin + SampleCells.Long : count;
        if (begin >= count)
            return;
        ArrayView<F4> sorted = records.SubView((long)segment * layout.PerSegment, layout.PerSegment);
        int firstCell = CellOf(start, level.Cells, begin), lastCell = CellOf(start, level.Cells, end - 1);
        bool isFirstLong = start[firstCell + 1] - start[firstCell] > SampleCells.Long;
        bool isLastLong = lastCell != firstCell && start[lastCell + 1] - start[lastCell] > SampleCells.Long;
        int firstEnd = start[firstCell + 1] < end ? start[firstCell + 1] : end, lastBegin = start[lastCell];
        for (int i = Group.IdxX; i < SampleCells.SumsOfBlock * each; i += Threads)
        {
            int sum = i / each, channels = i - sum * each, corner = sum & 3;
            bool isLast = sum > 3;
            if (isLast ? isLastLong : isFirstLong)
                TChannels.Store(
                    pieces, Grid.IdxX * SampleCells.SumsOfBlock * each + i,
                    SampleCells.Add(sorted, isLast ? lastBegin : begin, isLast ? end : firstEnd, corner, dy, each, channels, TChannels.Broadcast(0f)));
        }
    }

    /// <summary>The cell of a record: the last that starts at or before it.</summary>
    private static int CellOf(ArrayView<int> start, int cells, int record)
    {
        int low = 0, high = cells;
        while (high - low > 1)
        {
            int middle = (low + high) >> 1;
            if (start[middle] <= record)
                low = middle;
            else
                high = middle;
        }
        return low;
    }
}

/// <summary>A thread for some channels of a token: it adds the records of the four cells around it.</summary>
/// <param name="each">Threads' worth of channels of a head.</param>
internal readonly struct CellGatherKernel<TChannels>(
    SampleLayout layout, ArrayView<int> starts, ArrayView<F4> records, ArrayView<float> dy, ArrayView<float> pieces, ArrayView<float> dValue,
    int each, int blocks, int threads) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public static int GroupsPerMultiprocessor => 6;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= threads)
            return;
        int place = i / each, channels = i - place * each, pixel = place / layout.Heads, head = place - pixel * layout.Heads;
        int b = pixel / layout.Tokens, token = pixel - b * layout.Tokens, group = b * layout.Heads + head, number = 0;
        while (number + 1 < layout.Levels && token >= layout.Level(number + 1).FirstToken)
            number++;
        SampledLevel level = layout.Level(number);
        int inLevel = token - level.FirstToken, y = inLevel / level.W, cell = inLevel + y, segment = group * layout.Levels + number;
        ArrayView<int> start = SampleCells.StartsOf(in layout, in level, starts, group);
        ArrayView<F4> sorted = records.SubView((long)segment * layout.PerSegment, layout.PerSegment);
        TChannels sum = TChannels.Broadcast(0f);
        for (int corner = 3; corner >= 0; corner--)
        {
            int at = cell + (corner < 2 ? level.W + 1 : 0) + 1 - (corner & 1), first = start[at], end = start[at + 1];
            if (end - first <= SampleCells.Long)
                sum = SampleCells.Add(sorted, first, end, corner, dy, each, channels, sum);
            else
                sum = AddPieces(segment * blocks, first, end, corner, channels, sum);
        }
        TChannels.Store(dValue, i, sum);
    }

    private TChannels AddPieces(int firstBlock, int first, int end, int corner, int channels, TChannels sum)
    {
        for (int block = first / SampleCells.Long; block * SampleCells.Long < end; block++)
        {
            int last = first > block * SampleCells.Long ? 4 : 0;
            sum = TChannels.Add(sum, TChannels.Load(pieces, ((firstBlock + block) * SampleCells.SumsOfBlock + last + corner) * each + channels));
        }
        return sum;
    }
}
