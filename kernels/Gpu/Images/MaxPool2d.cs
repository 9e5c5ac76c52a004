using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void MaxPool2d(in MaxPool2dCall call)
    {
        PoolShape s = call.Shape;
        OverRows(
            new MaxPool2dKernel(Floats(call.X), s, s.Hout, s.Wout, Floats(call.Y), Longs(call.Indices)),
            s.Inputs, (long)s.B * s.Hout, (long)s.Wout * s.C);
    }

    public void MaxPool2dBackward(in MaxPool2dBackwardCall call)
    {
        PoolShape s = call.Shape;
        OverRows(
            new MaxPool2dBackwardKernel(Floats(call.Dy), Longs(call.Indices), s, s.Hout, s.Wout, Floats(call.Dx)),
            s.Inputs, (long)s.B * s.H, (long)s.W * s.C);
    }
}

internal readonly struct MaxPool2dKernel(ArrayView<float> x, PoolShape s, int hout, int wout, ArrayView<float> y, ArrayView<long> indices) : IGpuKernel
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= wout * s.C)
            return;
        int b = row / hout, column = inRow / s.C, channel = inRow - column * s.C;
        int corner = (row - b * hout) * s.Stride * s.W + column * s.Stride, first = (b * s.H * s.W + corner) * s.C + channel;
        float best = x[first], key = LaneMath.Min(best, float.PositiveInfinity);
        int at = 0;
        for (int i = 0; i < s.Kernel; i++)
        {
            for (int j = 0; j < s.Kernel; j++)
            {
                int step = i * s.W + j;
                float value = x[first + step * s.C], valueKey = LaneMath.Min(value, float.PositiveInfinity);
                if (key < valueKey)
                    (best, key, at) = (value, valueKey, step);
            }
        }
        int to = row * wout * s.C + inRow;
        y[to] = best;
        indices[to] = corner + at;
    }
}

/// <summary>A thread for every element of dx: of the windows that it lies in, in their order, those whose maximum it was.</summary>
internal readonly struct MaxPool2dBackwardKernel(ArrayView<float> dy, ArrayView<long> indices, PoolShape s, int hout, int wout, ArrayView<float> dx)
    : IGpuKernel
{
    public static int GroupSize => 128;

    public void Run()
    {
        int row = Grid.IdxX, inRow = Grid.IdxY * GroupSize + Group.IdxX;
        if (inRow >= s.W * s.C)
            return;
        int b = row / s.H, h = row - b * s.H, w = inRow / s.C, channel = inRow - w * s.C;
        PoolWindows down = PoolWindows.Around(h, s, hout), across = PoolWindows.Around(w, s, wout);
        float sum = 0f;
        for (int i = down.First; i < down.End; i++)
        {
            for (int j = across.First; j < across.End; j++)
            {
                int at = ((b * hout + i) * wout + j) * s.C + channel;
                if (indices[at] == h * s.W + w)
                    sum = LaneMath.Add(sum, dy[at]);
            }
        }
        dx[row * s.W * s.C + inRow] = sum;
    }
}
