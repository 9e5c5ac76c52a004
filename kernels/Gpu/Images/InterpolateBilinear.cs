using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void InterpolateBilinear(in InterpolateBilinearCall call)
    {
        if (call.Shape.C % 4 == 0)
            InterpolateBilinear<FourChannels>(in call);
        else if (call.Shape.C > 1)
            InterpolateBilinear<OneChannel>(in call);
        else
            InterpolateBilinear<LoneChannel>(in call);
    }

    private void InterpolateBilinear<TChannels>(in InterpolateBilinearCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        ResampleShape s = call.Shape;
        int each = s.C / TChannels.Count;
        OverRows(
            new InterpolateBilinearKernel<TChannels>(
                Floats(call.X), ResampledSide.Of(s.H, s.Hout), ResampledSide.Of(s.W, s.Wout), each,
                Floats(OrAbsent(call.Lateral)), call.Lateral is null ? 0 : 1, Floats(call.Y)),
            Math.Max(s.Inputs, s.Outputs), (long)s.B * s.Hout, (long)s.Wout * each);
    }

    public void InterpolateBilinearBackward(in InterpolateBilinearBackwardCall call) =>
        InterpolateBackward<BilinearResampling>(call.Shape, call.Dy, call.Dx);

    private void InterpolateBackward<TResampling>(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx)
        where TResampling : struct, IResampling
    {
        if (shape.C % 4 == 0)
            InterpolateBackward<TResampling, FourChannels>(in shape, dy, dx);
        else if (shape.C > 1)
            InterpolateBackward<TResampling, OneChannel>(in shape, dy, dx);
        else
            InterpolateBackward<TResampling, LoneChannel>(in shape, dy, dx);
    }

    private void InterpolateBackward<TResampling, TChannels>(in ResampleShape s, DeviceBuffer dy, DeviceBuffer dx)
        where TResampling : struct, IResampling
        where TChannels : unmanaged, IChannels<TChannels>
    {
        int each = s.C / TChannels.Count;
        OverRows(
            new InterpolateBackwardKernel<TResampling, TChannels>(
                Floats(dy), ResampledSide.Of(s.H, s.Hout), ResampledSide.Of(s.W, s.Wout), each, Floats(dx)),
            Math.Max(s.Inputs, s.Outputs), (long)s.B * s.H, (long)s.W * each);
    }
}

/// <param name="each">Threads for the channels of a pixel.</param>
/// <param name="hasLateral">1: there is a lateral map. It may be y.</param>
internal readonly struct InterpolateBilinearKernel<TChannels>(
    ArrayView<float> x, ResampledSide down, ResampledSide across, int each, ArrayView<float> lateral, int hasLateral, ArrayView<float> y) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= across.Outputs * each)
            return;
        int b = row / down.Outputs, column = inRow / each, channels = inRow - column * each;
        Taps v = down.At<BilinearResampling>(row - b * down.Outputs), h = across.At<BilinearResampling>(column);
        int first = (b * down.Inputs + v.First) * across.Inputs, second = (b * down.Inputs + v.Second) * across.Inputs;
        TChannels left = Blend(v, (first + h.First) * each + channels, (second + h.First) * each + channels);
        TChannels right = Blend(v, (first + h.Second) * each + channels, (second + h.Second) * each + channels);
        TChannels value = TChannels.Accumulate(h.FirstWeight, left, TChannels.Mul(h.SecondWeight, right));
        int to = row * across.Outputs * each + inRow;
        if (hasLateral != 0)
            value = TChannels.Add(TChannels.Load(lateral, to), value);
        TChannels.Store(y, to, value);
    }

    private TChannels Blend(Taps v, int first, int second) =>
        TChannels.Fma(v.FirstWeight, TChannels.Load(x, first), TChannels.Mul(v.SecondWeight, TChannels.Load(x, second)));
}

/// <summary>
/// A thread for every element of dx: the outputs that took from it, column by column, and in each column from top to bottom.
/// </summary>
/// <param name="each">Threads for the channels of a pixel.</param>
internal readonly struct InterpolateBackwardKernel<TResampling, TChannels>(
    ArrayView<float> dy, ResampledSide down, ResampledSide across, int each, ArrayView<float> dx) : IGpuKernel
    where TResampling : struct, IResampling
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= across.Inputs * each)
            return;
        int b = row / down.Inputs, h = row - b * down.Inputs, w = inRow / each, channels = inRow - w * each;
        int top = down.FirstUser<TResampling>(h);
        TChannels sum = TChannels.Broadcast(0f);
        for (int column = across.FirstUser<TResampling>(w); column < across.Outputs; column++)
        {
            Taps taps = across.At<TResampling>(column);
            if (taps.First > w)
                break;
            TChannels gathered = Column(b, h, top, column, channels);
            if (taps.First == w)
                sum = TChannels.Accumulate(taps.FirstWeight, gathered, sum);
            if (taps.Second == w)
                sum = TChannels.Accumulate(taps.SecondWeight, gathered, sum);
        }
        TChannels.Store(dx, row * across.Inputs * each + inRow, sum);
    }

    private TChannels Column(int b, int h, int top, int column, int channels)
    {
        TChannels sum = TChannels.Broadcast(0f);
        for (int o = top; o < down.Outputs; o++)
        {
            Taps taps = down.At<TResampling>(o);
            if (taps.First > h)
                break;
            float weight = taps.First == h ? taps.FirstWeight : 0f;
            weight = LaneMath.Add(weight, taps.Second == h ? taps.SecondWeight : 0f);
            if (weight != 0f)
                sum = TChannels.Fma(weight, TChannels.Load(dy, ((b * down.Outputs + o) * across.Outputs + column) * each + channels), sum);
        }
        return sum;
    }
}
