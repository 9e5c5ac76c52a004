using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void GridSample(in GridSampleCall call)
    {
        if (call.Shape.C % 4 == 0)
            GridSample<FourChannels>(in call);
        else if (call.Shape.C > 1)
            GridSample<OneChannel>(in call);
        else
            GridSample<LoneChannel>(in call);
    }

    private void GridSample<TChannels>(in GridSampleCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        ResampleShape s = call.Shape;
        int each = s.C / TChannels.Count;
        // Places are ints.
        _ = checked((int)Math.Max(s.Inputs, s.Outputs));
        int threads = (int)(s.Outputs / TChannels.Count);
        device.Run(
            new GridSampleKernel<TChannels>(new GridSamples(Floats(call.Grid)), Floats(call.X), s, s.Hout * s.Wout, each, threads, Floats(call.Y)),
            Groups(threads, GridSampleKernel<TChannels>.GroupSize));
    }

    public void GridSampleBackward(in GridSampleBackwardCall call)
    {
        ResampleShape s = call.Shape;
        // A pyramid of one level, a head of all channels, a point a query.
        var layout = new SampleLayout(s.B, checked(s.Hout * s.Wout), 1, s.C, 1, [(s.H, s.W)]);
        var samples = new GridSamples(Floats(call.Grid), Floats(call.DGrid));
        SampleGradient(in layout, in samples, call.X, call.Dy);
        SampleScatter(in layout, in samples, call.Dy, call.Dx);
    }
}

/// <summary>Positions (x,y) in −1 … 1 from edge to edge of the map; all weigh 1.</summary>
internal readonly struct GridSamples(ArrayView<float> grid, ArrayView<float> dGrid = default) : ISamples
{
    public SamplePoint At(int sample, in SampledLevel level) =>
        new(Position(grid[2 * sample], level.W), Position(grid[2 * sample + 1], level.H), 1f);

    public void StoreGradient(int sample, in SampledLevel level, F4 dots)
    {
        SamplePoint at = At(sample, in level);
        var x = new SampleAxis(at.X, level.W);
        var y = new SampleAxis(at.Y, level.H);
        float a = x.HasFirst && y.HasFirst ? dots.X : 0f, b = x.HasSecond && y.HasFirst ? dots.Y : 0f;
        float c = x.HasFirst && y.HasSecond ? dots.Z : 0f, d = x.HasSecond && y.HasSecond ? dots.W : 0f;
        dGrid[2 * sample] = ((b - a) * (1f - y.Part) + (d - c) * y.Part) * (0.5f * level.W);
        dGrid[2 * sample + 1] = ((c - a) * (1f - x.Part) + (d - b) * x.Part) * (0.5f * level.H);
    }

    private static float Position(float at, int size) => LaneMath.Mul(LaneMath.Sub(LaneMath.Mul(LaneMath.Add(at, 1f), size), 1f), 0.5f);
}

/// <summary>A thread for some channels of a point. Corners outside the map add nothing; a sample at NaN or infinity is NaN.</summary>
/// <param name="each">Threads' worth of channels of a pixel.</param>
internal readonly struct GridSampleKernel<TChannels>(
    GridSamples samples, ArrayView<float> x, ResampleShape s, int points, int each, int threads, ArrayView<float> y) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= threads)
            return;
        int point = i / each, image = point / points * s.H * s.W;
        SamplePoint at = samples.At(point, new SampledLevel(s.H, s.W, 0, 0));
        var h = new SampleAxis(at.X, s.W);
        var v = new SampleAxis(at.Y, s.H);
        int upper = image + v.First * s.W, lower = image + v.Second * s.W, channels = i - point * each;
        int a = (upper + h.First) * each + channels, b = (upper + h.Second) * each + channels;
        int c = (lower + h.First) * each + channels, d = (lower + h.Second) * each + channels;
        float weightA = LaneMath.Mul(h.FirstWeight, v.FirstWeight), weightB = LaneMath.Mul(h.SecondWeight, v.FirstWeight);
        float weightC = LaneMath.Mul(h.FirstWeight, v.SecondWeight), weightD = LaneMath.Mul(h.SecondWeight, v.SecondWeight);
        TChannels sum;
        if (h.HasFirst && h.HasSecond && v.HasFirst && v.HasSecond)
        {
            sum = TChannels.Accumulate(weightA, TChannels.Load(x, a), TChannels.Mul(weightB, TChannels.Load(x, b)));
            sum = TChannels.Accumulate(weightC, TChannels.Load(x, c), sum);
            sum = TChannels.Accumulate(weightD, TChannels.Load(x, d), sum);
        }
        else
        {
            sum = TChannels.Broadcast(h.IsUndefined || v.IsUndefined ? float.NaN : 0f);
            if (h.HasFirst && v.HasFirst)
                sum = TChannels.Accumulate(weightA, TChannels.Load(x, a), sum);
            if (h.HasSecond && v.HasFirst)
                sum = TChannels.Accumulate(weightB, TChannels.Load(x, b), sum);
            if (h.HasFirst && v.HasSecond)
                sum = TChannels.Accumulate(weightC, TChannels.Load(x, c), sum);
            if (h.HasSecond && v.HasSecond)
                sum = TChannels.Accumulate(weightD, TChannels.Load(x, d), sum);
        }
        TChannels.Store(y, i, sum);
    }
}
