using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>The gradients of samples' positions and weights.</summary>
    private void SampleGradient<TSamples>(in SampleLayout layout, in TSamples samples, DeviceBuffer value, DeviceBuffer dy)
        where TSamples : struct, ISamples
    {
        if (layout.Channels % 4 == 0)
            SampleGradient<TSamples, FourChannels>(in layout, in samples, value, dy);
        else
            SampleGradient<TSamples, OneChannel>(in layout, in samples, value, dy);
    }

    private void SampleGradient<TSamples, TChannels>(in SampleLayout layout, in TSamples samples, DeviceBuffer value, DeviceBuffer dy)
        where TSamples : struct, ISamples
        where TChannels : unmanaged, IChannels<TChannels>
    {
        int each = layout.Channels / TChannels.Count, lanes = Math.Min(each, SampleGradientKernel<TSamples, TChannels>.GroupSize);
        int items = SampleGradientKernel<TSamples, TChannels>.GroupSize / lanes;
        device.Run(
            new SampleGradientKernel<TSamples, TChannels>(layout, samples, Floats(value), Floats(dy), each, lanes, items),
            Groups(layout.Items, items));
    }
}

/// <summary>
/// So many threads an item, each with some of its channels, form parts of the four dot products of some samples; then a thread a sample adds them up.
/// </summary>
/// <param name="each">Threads' worth of channels of a head.</param>
/// <param name="lanes">Threads of an item.</param>
/// <param name="items">Items of a group.</param>
internal readonly struct SampleGradientKernel<TSamples, TChannels>(
    SampleLayout layout, TSamples samples, ArrayView<float> value, ArrayView<float> dy, int each, int lanes, int items) : IGpuKernel
    where TSamples : struct, ISamples
    where TChannels : unmanaged, IChannels<TChannels>
{
    private const int Threads = 128;

    // Samples of an item at a time, or less where an item has fewer threads: then a thread has at most one.
    private const int AtOnce = 8;

    public static int GroupSize => Threads;

    public void Run()
    {
        ArrayView<CornerPlaces> corners = SharedMemory.Allocate<CornerPlaces>(Threads);
        // Rows of one more than the lanes: sums then read from different banks.
        ArrayView<F4> parts = SharedMemory.Allocate<F4>((AtOnce + 1) * Threads);
        int t = Group.IdxX, slot = t / lanes, lane = t - slot * lanes, item = Grid.IdxX * items + slot;
        bool isActive = slot < items && item < layout.Items;
        int perItem = layout.PerItem, step = lanes < AtOnce ? lanes : AtOnce;
        for (int first = 0; first < perItem; first += step)
        {
            int n = perItem - first < step ? perItem - first : step;
            int owner = t / n, mine = first + t - owner * n, sample = (Grid.IdxX * items + owner) * perItem + mine;
            bool hasSample = owner < items && Grid.IdxX * items + owner < layout.Items;
            SampledLevel level = layout.Level(mine / layout.Points);
            if (hasSample)
                corners[t] = CornerPlaces.Of(in layout, in level, Grid.IdxX * items + owner, samples.At(sample, in level), each);
            Instructions.Barrier();
            if (isActive)
                for (int i = 0; i < n; i++)
                    parts[(slot * n + i) * (lanes + 1) + lane] = Dots(corners[slot * n + i], item, lane);
            Instructions.Barrier();
            if (hasSample)
                samples.StoreGradient(sample, in level, Sum(parts, t * (lanes + 1)));
        }
    }

    private F4 Dots(CornerPlaces at, int item, int lane)
    {
        F4 sum = F4.Broadcast(0f);
        for (int c = lane; c < each; c += lanes)
        {
            TChannels g = TChannels.Load(dy, item * each + c);
            sum = new F4(
                TChannels.Dot(g, TChannels.Load(value, at.A + c), sum.X), TChannels.Dot(g, TChannels.Load(value, at.B + c), sum.Y),
                TChannels.Dot(g, TChannels.Load(value, at.C + c), sum.Z), TChannels.Dot(g, TChannels.Load(value, at.D + c), sum.W));
        }
        return sum;
    }

    private F4 Sum(ArrayView<F4> parts, int at)
    {
        F4 sum = parts[at];
        for (int i = 1; i < lanes; i++)
        {
            F4 part = parts[at + i];
            sum = new F4(sum.X + part.X, sum.Y + part.Y, sum.Z + part.Z, sum.W + part.W);
        }
        return sum;
    }
}

/// <summary>Where the values at the corners (y0,x0), (y0,x1), (y1,x0), (y1,x1) of a sample begin.</summary>
internal readonly struct CornerPlaces(int a, int b, int c, int d)
{
    public readonly int A = a, B = b, C = c, D = d;

    /// <param name="each">Threads' worth of channels of a head.</param>
    public static CornerPlaces Of(in SampleLayout layout, in SampledLevel level, int item, SamplePoint point, int each) =>
        Of(in layout, in level, item, new SampleAxis(point.X, level.W), new SampleAxis(point.Y, level.H), each);

    public static CornerPlaces Of(in SampleLayout layout, in SampledLevel level, int item, SampleAxis x, SampleAxis y, int each)
    {
        int query = item / layout.Heads, head = item - query * layout.Heads, pixel = layout.Heads * each;
        int start = (query / layout.Queries * layout.Tokens + level.FirstToken) * pixel + head * each;
        int upper = start + y.First * level.W * pixel, lower = start + y.Second * level.W * pixel;
        return new CornerPlaces(upper + x.First * pixel, upper + x.Second * pixel, lower + x.First * pixel, lower + x.Second * pixel);
    }
}
