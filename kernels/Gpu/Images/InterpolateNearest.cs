using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void InterpolateNearest(in InterpolateNearestCall call)
    {
        if (call.Shape.C % 4 == 0)
            InterpolateNearest<FourChannels>(in call);
        else
            InterpolateNearest<OneChannel>(in call);
    }

    private void InterpolateNearest<TChannels>(in InterpolateNearestCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        ResampleShape s = call.Shape;
        int each = s.C / TChannels.Count;
        OverRows(
            new InterpolateNearestKernel<TChannels>(
                Floats(call.X), ResampledSide.Of(s.H, s.Hout), ResampledSide.Of(s.W, s.Wout), each, Floats(call.Y)),
            Math.Max(s.Inputs, s.Outputs), (long)s.B * s.Hout, (long)s.Wout * each);
    }

    public void InterpolateNearestBackward(in InterpolateNearestBackwardCall call) =>
        InterpolateBackward<NearestResampling>(call.Shape, call.Dy, call.Dx);
}

/// <param name="each">Threads for the channels of a pixel.</param>
internal readonly struct InterpolateNearestKernel<TChannels>(
    ArrayView<float> x, ResampledSide down, ResampledSide across, int each, ArrayView<float> y) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= across.Outputs * each)
            return;
        int b = row / down.Outputs, column = inRow / each, channels = inRow - column * each;
        int h = down.At<NearestResampling>(row - b * down.Outputs).First, w = across.At<NearestResampling>(column).First;
        TChannels.Store(
            y, row * across.Outputs * each + inRow, TChannels.Load(x, ((b * down.Inputs + h) * across.Inputs + w) * each + channels));
    }
}
