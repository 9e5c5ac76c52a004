using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Gather(in GatherCall call) => device.Run(
        new GatherKernel(Floats(call.X), Longs(call.Columns), Floats(call.Y), checked((int)call.Rows), call.ColumnCount),
        Groups(call.Rows, GatherKernel.GroupSize));

    public void GatherBackward(in GatherBackwardCall call)
    {
        int count = checked((int)(call.Rows * call.ColumnCount));
        device.Run(
            new GatherBackwardKernel(Floats(call.Dy), Longs(call.Columns), Floats(call.Dx), count, call.ColumnCount),
            Groups(count, GatherBackwardKernel.GroupSize));
    }
}

internal readonly struct GatherKernel(ArrayView<float> x, ArrayView<long> columns, ArrayView<float> y, int rows, int columnCount) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int row = Grid.GlobalIndex.X;
        if (row < rows)
            y[row] = x[(long)row * columnCount + columns[row]];
    }
}

/// <summary>A thread for every element of dx.</summary>
internal readonly struct GatherBackwardKernel(ArrayView<float> dy, ArrayView<long> columns, ArrayView<float> dx, int count, int columnCount) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int row = i / columnCount;
        dx[i] = (int)columns[row] == i - row * columnCount ? dy[row] : 0f;
    }
}
