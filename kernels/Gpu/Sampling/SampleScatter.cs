using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>
    /// The gradient of the sampled values: dValue = Σ over the samples that a token is a corner of, of corner weight · dy. Samples are sorted by the cell
    /// that they lie in, and every token takes those of its four cells, in order; no sum depends on the order in which groups run.
    /// </summary>
    /// <param name="dy">(B,Q,Heads,C).</param>
    private void SampleScatter<TSamples>(in SampleLayout layout, in TSamples samples, DeviceBuffer dy, DeviceBuffer dValue)
        where TSamples : struct, ISamples
    {
        using var starts = new GpuScratch<int>(device, (long)layout.Batch * layout.Heads * layout.Cells);
        using var records = new GpuScratch<F4>(device, (long)layout.Segments * layout.PerSegment);
        device.Run(new SampleSortKernel<TSamples>(layout, samples, starts.View, records.View), layout.Segments);
        if (layout.Channels % 4 == 0)
            Gather<FourChannels>(in layout, starts.View, records.View, dy, dValue);
        else
            Gather<OneChannel>(in layout, starts.View, records.View, dy, dValue);
    }

    private void Gather<TChannels>(
        in SampleLayout layout, ArrayView<int> starts, ArrayView<F4> records, DeviceBuffer dy, DeviceBuffer dValue)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        int each = layout.Channels / TChannels.Count, blocks = (int)Groups(layout.PerSegment, SampleCells.Long);
        int sums = checked(layout.Segments * blocks * SampleCells.SumsOfBlock * layout.Channels);
        using var pieces = new GpuScratch<float>(device, sums);
        device.Run(
            new LongCellKernel<TChannels>(layout, starts, records, Floats(dy), pieces.View, each, blocks),
            layout.PerSegment > SampleCells.Long ? layout.Segments * blocks : 0);
        int threads = layout.Batch * layout.Tokens * layout.Heads * each;
        device.Run(
            new CellGatherKernel<TChannels>(layout, starts, records, Floats(dy), pieces.View, Floats(dValue), each, blocks, threads),
            Groups(threads, CellGatherKernel<TChannels>.GroupSize));
    }
}

/// <summary>A sample in the order of the cells: its place within the cell, its weight, and the item that it belongs to. Kept as a quad.</summary>
internal readonly struct SampleRecord(F4 values)
{
    public SampleRecord(float x, float y, float weight, int item)
        : this(new F4(x, y, weight, Interop.IntAsFloat((uint)item)))
    {
    }

    public F4 Values => values;

    public int Item => (int)Interop.FloatAsInt(values.W);

    /// <summary>What a corner of the cell weighs: 0 … 3 for (y0,x0), (y0,x1), (y1,x0), (y1,x1).</summary>
    public float CornerWeight(int corner) => LaneMath.Mul(
        LaneMath.Mul(values.Z, (corner & 2) != 0 ? values.Y : LaneMath.Sub(1f, values.Y)), (corner & 1) != 0 ? values.X : LaneMath.Sub(1f, values.X));
}

/// <summary>
/// A group sorts the samples of a segment by cell, keeping their order within a cell; those that have no token for a neighbour are left out. Counts are
/// made by ranks, without atomics: of the equal cells among 64 samples, the last or the first one advances the counter; four such parts take turns.
/// </summary>
/// <param name="starts">(B,Heads,Cells): the place of a cell's first record within its segment.</param>
/// <param name="records">(Segments,PerSegment).</param>
internal readonly struct SampleSortKernel<TSamples>(SampleLayout layout, TSamples samples, ArrayView<int> starts, ArrayView<F4> records)
    : IGpuKernel
    where TSamples : struct, ISamples
{
    private const int Threads = 256, Part = 64;

    public static int GroupSize => Threads;

    public void Run()
    {
        ArrayView<I4> quads = SharedMemory.Allocate<I4>(Threads / 4);
        ArrayView<int> keys = quads.Cast<int>(), sums = SharedMemory.Allocate<int>(Threads);
        int t = Group.IdxX, segment = Grid.IdxX, count = layout.PerSegment;
        SampledLevel level = layout.Level(segment % layout.Levels);
        ArrayView<int> start = SampleCells.StartsOf(in layout, in level, starts, segment / layout.Levels);
        ArrayView<F4> sorted = records.SubView((long)segment * count, count);
        for (int i = t; i <= level.Cells; i += Threads)
            start[i] = 0;
        Instructions.Barrier();

        for (int first = 0; first < count; first += Threads)
        {
            int cell = Cell(segment, first + t, in level);
            keys[t] = cell;
            Instructions.Barrier();
            int earlier = EqualBefore(quads, t, cell), later = EqualAfter(quads, t, cell);
            for (int part = 0; part < Threads; part += Part)
            {
                if (t - part is >= 0 and < Part && cell >= 0 && later == 0)
                    start[cell] += earlier + 1;
                Instructions.Barrier();
            }
        }

        Accumulate(start, level.Cells, sums);

        // From the last to the first, so that the ends of the cells become their starts.
        for (int first = (count - 1) / Threads * Threads; first >= 0; first -= Threads)
        {
            int cell = Cell(segment, first + t, in level), place = 0;
            keys[t] = cell;
            Instructions.Barrier();
            int earlier = EqualBefore(quads, t, cell), later = EqualAfter(quads, t, cell);
            for (int part = Threads - Part; part >= 0; part -= Part)
            {
                bool isNow = t - part is >= 0 and < Part && cell >= 0;
                if (isNow)
                    place = start[cell] - 1 - later;
                Instructions.Barrier();
                if (isNow && earlier == 0)
                    start[cell] = place;
                Instructions.Barrier();
            }
            if (cell >= 0)
                sorted[place] = Record(segment, first + t, in level).Values;
        }
    }

    private int Cell(int segment, int index, in SampledLevel level)
    {
        if (index >= layout.PerSegment)
            return -1;
        SamplePoint at = samples.At(layout.Sample(segment, index), in level);
        int x = new SampleAxis(at.X, level.W).Cell, y = new SampleAxis(at.Y, level.H).Cell;
        return x < 0 || y < 0 || x > level.W || y > level.H ? -1 : y * (level.W + 1) + x;
    }

    private SampleRecord Record(int segment, int index, in SampledLevel level)
    {
        int sample = layout.Sample(segment, index);
        SamplePoint at = samples.At(sample, in level);
        return new SampleRecord(new SampleAxis(at.X, level.W).Part, new SampleAxis(at.Y, level.H).Part, at.Weight, sample / layout.PerItem);
    }

    /// <summary>How many earlier keys of a thread's part equal its own.</summary>
    private static int EqualBefore(ArrayView<I4> keys, int t, int key)
    {
        int count = 0, quad = t >> 2;
        for (int i = quad & -(Part / 4); i < quad; i++)
            count += keys[i].CountEqual(key, 4);
        return count + keys[quad].CountEqual(key, t & 3);
    }

    /// <summary>How many later keys of a thread's part equal its own.</summary>
    private static int EqualAfter(ArrayView<I4> keys, int t, int key)
    {
        int quad = t >> 2, end = (quad & -(Part / 4)) + Part / 4, count = keys[quad].CountEqual(key, 4) - keys[quad].CountEqual(key, (t & 3) + 1);
        for (int i = quad + 1; i < end; i++)
            count += keys[i].CountEqual(key, 4);
        return count;
    }

    /// <summary>Counts become sums of all counts up to each, and the one after the last their sum.</summary>
    private static void Accumulate(ArrayView<int> counts, int n, ArrayView<int> sums)
    {
        int t = Group.IdxX, share = (n + Threads - 1) / Threads, first = t * share, end = first + share < n ? first + share : n, total = 0;
        for (int i = first; i < end; i++)
            total += counts[i];
        sums[t] = total;
        for (int step = 1; step < Threads; step <<= 1)
        {
            Instructions.Barrier();
            int other = t >= step ? sums[t - step] : 0;
            Instructions.Barrier();
            sums[t] += other;
        }
        Instructions.Barrier();
        int sum = sums[t] - total;
        for (int i = first; i < end; i++)
        {
            sum += counts[i];
            counts[i] = sum;
        }
        if (t == 0)
            counts[n] = sums[Threads - 1];
        Instructions.Barrier();
    }
}
