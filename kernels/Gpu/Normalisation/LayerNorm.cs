using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void LayerNorm(in LayerNormCall call)
    {
        if (call.Channels > LongestRow.Warp)
            LayerNorm<Threads256>(in call);
        else
            LayerNorm<Threads32>(in call);
    }

    private void LayerNorm<TThreads>(in LayerNormCall call)
        where TThreads : struct, IRowThreads =>
        device.Run(
            new LayerNormKernel<TThreads>(
                Floats(call.X), Floats(call.Weight), Floats(call.Bias), Floats(call.Y), Floats(OrAbsent(call.Mean)), Floats(OrAbsent(call.Rstd)),
                checked((int)call.Rows), call.Channels, call.Epsilon, call.Mean is null ? 0 : 1, call.Rstd is null ? 0 : 1),
            Groups(call.Rows, RowReduce<TThreads>.Rows));

    public void LayerNormBackward(in LayerNormBackwardCall call)
    {
        if (call.Channels > LongestRow.Warp)
            LayerNormBackward<Threads256>(in call);
        else
            LayerNormBackward<Threads32>(in call);

        // dWeight = Σ dy·x̂ and dBias = Σ dy over the rows: of blocks of them first, then over the blocks.
        int rows = checked((int)call.Rows);
        long blocks = Groups(rows, NormSumsKernel.Block), sums = blocks * call.Channels;
        using var weights = new GpuScratch<float>(device, sums);
        using var biases = new GpuScratch<float>(device, sums);
        device.Run(
            new NormSumsKernel(Floats(call.X), Floats(call.Dy), Floats(call.Mean), Floats(call.Rstd), weights.View, biases.View, rows, call.Channels),
            Groups(call.Channels, NormSumsKernel.GroupSize), checked((int)blocks));
        SumColumns(weights.View, Floats(call.DWeight), 1, blocks, call.Channels, 1f);
        SumColumns(biases.View, Floats(call.DBias), 1, blocks, call.Channels, 1f);
    }

    private void LayerNormBackward<TThreads>(in LayerNormBackwardCall call)
        where TThreads : struct, IRowThreads =>
        device.Run(
            new LayerNormBackwardKernel<TThreads>(
                Floats(call.X), Floats(call.Weight), Floats(call.Mean), Floats(call.Rstd), Floats(call.Dy), Floats(call.Dx),
                checked((int)call.Rows), call.Channels),
            Groups(call.Rows, RowReduce<TThreads>.Rows));
}

/// <summary>y = (x − mean)·rstd·weight + bias; the deviations are summed in a second pass over the row, which is in cache.</summary>
internal readonly struct LayerNormKernel<TThreads>(
    ArrayView<float> x, ArrayView<float> weight, ArrayView<float> bias, ArrayView<float> y, ArrayView<float> mean, ArrayView<float> rstd,
    int rows, int channels, float epsilon, int hasMean, int hasRstd) : IGpuKernel
    where TThreads : struct, IRowThreads
{
    public static int GroupSize => RowReduce<TThreads>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<TThreads>.GroupSize);
        int row = RowReduce<TThreads>.Row, first = RowReduce<TThreads>.Lane, end = row < rows ? channels : 0;
        long at = (long)row * channels;
        float sum = 0f;
        for (int i = first; i < end; i += TThreads.Count)
            sum += x[at + i];
        float m = LaneMath.Div(RowReduce<TThreads>.All<float, FloatSum>(sum, scratch), channels);
        float squares = 0f;
        for (int i = first; i < end; i += TThreads.Count)
        {
            float d = x[at + i] - m;
            squares = Instructions.Fma(d, d, squares);
        }
        float variance = LaneMath.Div(RowReduce<TThreads>.All<float, FloatSum>(squares, scratch), channels);
        float r = LaneMath.Div(1f, LaneMath.Sqrt(variance + epsilon));
        for (int i = first; i < end; i += TThreads.Count)
            y[at + i] = Instructions.Fma((x[at + i] - m) * r, weight[i], bias[i]);
        if (first == 0 && row < rows && hasMean != 0)
            mean[row] = m;
        if (first == 0 && row < rows && hasRstd != 0)
            rstd[row] = r;
    }
}

/// <summary>dx = rstd·(g − Σg/C − x̂·Σ(g·x̂)/C) with g = dy·weight.</summary>
internal readonly struct LayerNormBackwardKernel<TThreads>(
    ArrayView<float> x, ArrayView<float> weight, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> dy, ArrayView<float> dx, int rows, int channels)
    : IGpuKernel
    where TThreads : struct, IRowThreads
{
    public static int GroupSize => RowReduce<TThreads>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<TThreads>.GroupSize);
        int row = RowReduce<TThreads>.Row, first = RowReduce<TThreads>.Lane, end = row < rows ? channels : 0;
        long at = (long)row * channels;
        float m = row < rows ? mean[row] : 0f, r = row < rows ? rstd[row] : 0f, sum = 0f, dot = 0f;
        for (int i = first; i < end; i += TThreads.Count)
        {
            float g = dy[at + i] * weight[i];
            sum += g;
            dot = Instructions.Fma(g, (x[at + i] - m) * r, dot);
        }
        sum = LaneMath.Div(RowReduce<TThreads>.All<float, FloatSum>(sum, scratch), channels);
        dot = LaneMath.Div(RowReduce<TThreads>.All<float, FloatSum>(dot, scratch), channels);
        for (int i = first; i < end; i += TThreads.Count)
        {
            float g = dy[at + i] * weight[i];
            dx[at + i] = r * Instructions.Fma((x[at + i] - m) * r, -dot, g - sum);
        }
    }
}

/// <summary>Over a block of 64 rows, for each channel: Σ dy·x̂ and Σ dy, to (blocks,channels).</summary>
internal readonly struct NormSumsKernel(
    ArrayView<float> x, ArrayView<float> dy, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> weights, ArrayView<float> biases, int rows,
    int channels) : IGpuKernel
{
    public const int Block = 64;

    public static int GroupSize => 128;

    public void Run()
    {
        int c = Grid.GlobalIndex.X, block = Grid.IdxY, end = IntrinsicMath.Min((block + 1) * Block, rows);
        if (c >= channels)
            return;
        float weight = 0f, bias = 0f;
        for (int row = block * Block; row < end; row++)
        {
            long at = (long)row * channels + c;
            float g = dy[at];
            weight = Instructions.Fma(g, (x[at] - mean[row]) * rstd[row], weight);
            bias += g;
        }
        weights[(long)block * channels + c] = weight;
        biases[(long)block * channels + c] = bias;
    }
}
