using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void AvgPool2d(in AvgPool2dCall call)
    {
        if (call.Shape.C % 4 == 0)
            AvgPool2d<FourChannels>(in call);
        else
            AvgPool2d<OneChannel>(in call);
    }

    private void AvgPool2d<TChannels>(in AvgPool2dCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        PoolShape s = call.Shape;
        int each = s.C / TChannels.Count;
        OverRows(
            new AvgPool2dKernel<TChannels>(Floats(call.X), s, each, s.Hout, s.Wout, 1f / (s.Kernel * s.Kernel), Floats(call.Y)),
            s.Inputs, (long)s.B * s.Hout, (long)s.Wout * each);
    }

    public void AvgPool2dBackward(in AvgPool2dBackwardCall call)
    {
        if (call.Shape.C % 4 == 0)
            AvgPool2dBackward<FourChannels>(in call);
        else
            AvgPool2dBackward<OneChannel>(in call);
    }

    private void AvgPool2dBackward<TChannels>(in AvgPool2dBackwardCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        PoolShape s = call.Shape;
        int each = s.C / TChannels.Count;
        OverRows(
            new AvgPool2dBackwardKernel<TChannels>(Floats(call.Dy), s, each, s.Hout, s.Wout, 1f / (s.Kernel * s.Kernel), Floats(call.Dx)),
            s.Inputs, (long)s.B * s.H, (long)s.W * each);
    }
}

/// <param name="each">Threads for the channels of a pixel.</param>
internal readonly struct AvgPool2dKernel<TChannels>(
    ArrayView<float> x, PoolShape s, int each, int hout, int wout, float scale, ArrayView<float> y) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= wout * each)
            return;
        int b = row / hout, column = inRow / each, channels = inRow - column * each;
        int first = ((b * s.H + (row - b * hout) * s.Stride) * s.W + column * s.Stride) * each + channels;
        TChannels sum = TChannels.Broadcast(0f);
        for (int i = 0; i < s.Kernel; i++)
            for (int j = 0; j < s.Kernel; j++)
                sum = TChannels.Fma(scale, TChannels.Load(x, first + (i * s.W + j) * each), sum);
        TChannels.Store(y, row * wout * each + inRow, sum);
    }
}

/// <summary>A thread for every element of dx: the windows that it lies in, in their order.</summary>
/// <param name="each">Threads for the channels of a pixel.</param>
internal readonly struct AvgPool2dBackwardKernel<TChannels>(
    ArrayView<float> dy, PoolShape s, int each, int hout, int wout, float scale, ArrayView<float> dx) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= s.W * each)
            return;
        int b = row / s.H, w = inRow / each, channels = inRow - w * each;
        PoolWindows down = PoolWindows.Around(row - b * s.H, s, hout), across = PoolWindows.Around(w, s, wout);
        TChannels sum = TChannels.Broadcast(0f);
        for (int i = down.First; i < down.End; i++)
            for (int j = across.First; j < across.End; j++)
                sum = TChannels.Fma(scale, TChannels.Load(dy, ((b * hout + i) * wout + j) * each + channels), sum);
        TChannels.Store(dx, row * s.W * each + inRow, sum);
    }
}
