using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Softmax(in SoftmaxCall call)
    {
        if (call.Columns > LongestRow.Warp)
            Softmax<Threads256>(in call);
        else if (call.Columns > LongestRow.EightThreads)
            Softmax<Threads32>(in call);
        else
            Softmax<Threads8>(in call);
    }

    private void Softmax<TThreads>(in SoftmaxCall call)
        where TThreads : struct, IRowThreads =>
        device.Run(
            new SoftmaxKernel<TThreads>(Floats(call.X), Floats(call.Y), checked((int)call.Rows), call.Columns, call.Logarithm ? 1 : 0),
            Groups(call.Rows, RowReduce<TThreads>.Rows));

    public void SoftmaxBackward(in SoftmaxBackwardCall call)
    {
        if (call.Columns > LongestRow.Warp)
            SoftmaxBackward<Threads256>(in call);
        else if (call.Columns > LongestRow.EightThreads)
            SoftmaxBackward<Threads32>(in call);
        else
            SoftmaxBackward<Threads8>(in call);
    }

    private void SoftmaxBackward<TThreads>(in SoftmaxBackwardCall call)
        where TThreads : struct, IRowThreads =>
        device.Run(
            new SoftmaxBackwardKernel<TThreads>(
                Floats(call.Y), Floats(call.Dy), Floats(call.Dx), checked((int)call.Rows), call.Columns, call.Logarithm ? 1 : 0),
            Groups(call.Rows, RowReduce<TThreads>.Rows));
}

/// <summary>eˣ⁻ᵐ/Σ with the row's maximum m, or its logarithm x − m − ln Σ.</summary>
internal readonly struct SoftmaxKernel<TThreads>(ArrayView<float> x, ArrayView<float> y, int rows, int columns, int logarithm) : IGpuKernel
    where TThreads : struct, IRowThreads
{
    public static int GroupSize => RowReduce<TThreads>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<TThreads>.GroupSize);
        int row = RowReduce<TThreads>.Row, first = RowReduce<TThreads>.Lane, end = row < rows ? columns : 0;
        long at = (long)row * columns;
        float maximum = float.NegativeInfinity;
        for (int i = first; i < end; i += TThreads.Count)
            maximum = FloatMaximum.Combine(maximum, x[at + i]);
        maximum = RowReduce<TThreads>.All<float, FloatMaximum>(maximum, scratch);
        float sum = 0f;
        for (int i = first; i < end; i += TThreads.Count)
            sum += VectorMath<LaneMath, float>.Exp(x[at + i] - maximum);
        sum = RowReduce<TThreads>.All<float, FloatSum>(sum, scratch);
        if (logarithm != 0)
        {
            float logSum = VectorMath<LaneMath, float>.Log(sum);
            for (int i = first; i < end; i += TThreads.Count)
                y[at + i] = x[at + i] - maximum - logSum;
        }
        else
        {
            float scale = LaneMath.Div(1f, sum);
            for (int i = first; i < end; i += TThreads.Count)
                y[at + i] = VectorMath<LaneMath, float>.Exp(x[at + i] - maximum) * scale;
        }
    }
}

/// <summary>dx = y·(dy − Σ dy·y); of the logarithm dx = dy − eʸ·Σ dy.</summary>
internal readonly struct SoftmaxBackwardKernel<TThreads>(
    ArrayView<float> y, ArrayView<float> dy, ArrayView<float> dx, int rows, int columns, int logarithm) : IGpuKernel
    where TThreads : struct, IRowThreads
{
    public static int GroupSize => RowReduce<TThreads>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<TThreads>.GroupSize);
        int row = RowReduce<TThreads>.Row, first = RowReduce<TThreads>.Lane, end = row < rows ? columns : 0;
        long at = (long)row * columns;
        float sum = 0f;
        for (int i = first; i < end; i += TThreads.Count)
            sum = Instructions.Fma(dy[at + i], logarithm != 0 ? 1f : y[at + i], sum);
        sum = RowReduce<TThreads>.All<float, FloatSum>(sum, scratch);
        for (int i = first; i < end; i += TThreads.Count)
            dx[at + i] = logarithm != 0
                ? Instructions.Fma(VectorMath<LaneMath, float>.Exp(y[at + i]), -sum, dy[at + i])
                : y[at + i] * (dy[at + i] - sum);
    }
}
