using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void DeformableAttention(in DeformableAttentionCall call)
    {
        if (call.Shape.Dim % 4 == 0)
            DeformableAttention<FourChannels>(in call);
        else
            DeformableAttention<OneChannel>(in call);
    }

    private void DeformableAttention<TChannels>(in DeformableAttentionCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        SampleLayout layout = LayoutOf(call.Shape);
        int each = layout.Channels / TChannels.Count, lanes = Math.Min(each, DeformableAttentionKernel<TChannels>.GroupSize);
        int items = DeformableAttentionKernel<TChannels>.GroupSize / lanes;
        device.Run(
            new DeformableAttentionKernel<TChannels>(
                layout, new DeformableSamples(Floats(call.Locations), Floats(call.Weights)), Floats(call.Value), Floats(call.Y), each, lanes, items),
            Groups(layout.Items, items), (int)Groups(each, lanes));
    }

    public void DeformableAttentionBackward(in DeformableAttentionBackwardCall call)
    {
        SampleLayout layout = LayoutOf(call.Shape);
        var samples = new DeformableSamples(Floats(call.Locations), Floats(call.Weights), Floats(call.DLocations), Floats(call.DWeights));
        SampleGradient(in layout, in samples, call.Value, call.Dy);
        SampleScatter(in layout, in samples, call.Dy, call.DValue);
    }

    private static SampleLayout LayoutOf(in DeformableAttentionShape s) => new(s.B, s.Q, s.Heads, s.Dim, s.Points, s.Levels);
}

/// <summary>Locations in 0 … 1 of their level, (x,y), and weights.</summary>
internal readonly struct DeformableSamples(
    ArrayView<float> locations, ArrayView<float> weights, ArrayView<float> dLocations = default, ArrayView<float> dWeights = default) : ISamples
{
    public SamplePoint At(int sample, in SampledLevel level) => new(
        LaneMath.Sub(LaneMath.Mul(locations[2 * sample], level.W), 0.5f), LaneMath.Sub(LaneMath.Mul(locations[2 * sample + 1], level.H), 0.5f),
        weights[sample]);

    public void StoreGradient(int sample, in SampledLevel level, F4 dots)
    {
        SamplePoint at = At(sample, in level);
        var x = new SampleAxis(at.X, level.W);
        var y = new SampleAxis(at.Y, level.H);
        dLocations[2 * sample] = at.Weight * level.W * Across(y.FirstWeight, y.SecondWeight, x.FirstSlope, x.SecondSlope, dots);
        dLocations[2 * sample + 1] = at.Weight * level.H * Across(y.FirstSlope, y.SecondSlope, x.FirstWeight, x.SecondWeight, dots);
        dWeights[sample] = Across(y.FirstWeight, y.SecondWeight, x.FirstWeight, x.SecondWeight, dots);
    }

    private static float Across(float y0, float y1, float x0, float x1, F4 dots) => y0 * (x0 * dots.X + x1 * dots.Y) + y1 * (x0 * dots.Z + x1 * dots.W);
}

/// <summary>
/// So many threads an item (batch, query, head), each with some of its channels. The threads of a group first work out where samples read and with what
/// weights; then all threads of an item read along the channels. Sums have the CPU's order.
/// </summary>
/// <param name="each">Threads' worth of channels of a head.</param>
/// <param name="lanes">Threads of an item; a second dimension of groups covers the other channels.</param>
/// <param name="items">Items of a group.</param>
internal readonly struct DeformableAttentionKernel<TChannels>(
    SampleLayout layout, DeformableSamples samples, ArrayView<float> value, ArrayView<float> y, int each, int lanes, int items) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    private const int Threads = 128;

    // Samples whose places and weights are in shared memory at a time.
    private const int Planned = 256;

    public static int GroupSize => Threads;

    public void Run()
    {
        ArrayView<CornerPlaces> places = SharedMemory.Allocate<CornerPlaces>(Planned);
        ArrayView<F4> weights = SharedMemory.Allocate<F4>(Planned);
        int t = Group.IdxX, slot = t / lanes, channels = Grid.IdxY * lanes + t - slot * lanes, item = Grid.IdxX * items + slot;
        bool isActive = slot < items && item < layout.Items && channels < each;
        int perItem = layout.PerItem, step = Planned / items;
        TChannels a = TChannels.Broadcast(0f), b = TChannels.Broadcast(0f);
        for (int first = 0; first < perItem; first += step)
        {
            int n = perItem - first < step ? perItem - first : step;
            Instructions.Barrier();
            for (int i = t; i < items * n; i += Threads)
            {
                int owner = i / n, inItem = first + i - owner * n;
                if (Grid.IdxX * items + owner < layout.Items)
                    Plan(Grid.IdxX * items + owner, inItem, i, places, weights);
            }
            Instructions.Barrier();
            if (!isActive)
                continue;
            for (int i = slot * n; i < slot * n + n; i++)
            {
                CornerPlaces at = places[i];
                F4 f = weights[i];
                a = TChannels.Fma(f.X, TChannels.Load(value, at.A + channels), a);
                b = TChannels.Fma(f.Y, TChannels.Load(value, at.B + channels), b);
                a = TChannels.Fma(f.Z, TChannels.Load(value, at.C + channels), a);
                b = TChannels.Fma(f.W, TChannels.Load(value, at.D + channels), b);
            }
        }
        if (isActive)
            TChannels.Store(y, item * each + channels, TChannels.Add(a, b));
    }

    private void Plan(int item, int inItem, int to, ArrayView<CornerPlaces> places, ArrayView<F4> weights)
    {
        SampledLevel level = layout.Level(inItem / layout.Points);
        SamplePoint at = samples.At(item * layout.PerItem + inItem, in level);
        var x = new SampleAxis(at.X, level.W);
        var y = new SampleAxis(at.Y, level.H);
        places[to] = CornerPlaces.Of(in layout, in level, item, x, y, each);
        float upper = LaneMath.Mul(at.Weight, y.FirstWeight), lower = LaneMath.Mul(at.Weight, y.SecondWeight);
        weights[to] = new F4(
            LaneMath.Mul(upper, x.FirstWeight), LaneMath.Mul(upper, x.SecondWeight), LaneMath.Mul(lower, x.FirstWeight),
            LaneMath.Mul(lower, x.SecondWeight));
    }
}
