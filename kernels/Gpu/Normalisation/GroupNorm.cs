using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void GroupNorm(in GroupNormCall call)
    {
        int positions = checked((int)call.Positions), blocks = (int)Groups(positions, ChannelMomentsKernel.Block), channels = call.Channels;
        long perBlock = (long)call.Batch * blocks * channels;
        using var means = new GpuScratch<float>(device, perBlock);
        using var squares = new GpuScratch<float>(device, perBlock);
        device.Run(
            new ChannelMomentsKernel(Floats(call.X), means.View, squares.View, positions, channels),
            Groups(channels, ChannelMomentsKernel.GroupSize), blocks, call.Batch);
        device.Run(
            new GroupMomentsKernel(
                means.View, squares.View, Floats(call.Mean), Floats(call.Rstd), positions, channels, call.Groups, blocks, call.Epsilon),
            (long)call.Batch * call.Groups);
        int count = checked((int)(call.Batch * call.Positions * channels));
        device.Run(
            new GroupNormKernel(
                Floats(call.X), Floats(call.Weight), Floats(call.Bias), Floats(call.Y), Floats(call.Mean), Floats(call.Rstd), positions, channels,
                call.Groups, count),
            Groups(count, GroupNormKernel.GroupSize));
    }

    public void GroupNormBackward(in GroupNormBackwardCall call)
    {
        int positions = checked((int)call.Positions), channels = call.Channels, batch = call.Batch;
        int blocks = (int)Groups(positions, GroupNormSumsKernel.Block);
        long perBlock = (long)batch * blocks * channels, perImage = (long)batch * channels;
        using var sums = new GpuScratch<float>(device, perBlock);
        using var dots = new GpuScratch<float>(device, perBlock);
        using var sum = new GpuScratch<float>(device, perImage);
        using var dot = new GpuScratch<float>(device, perImage);
        using var factors = new GpuScratch<float>(device, 2L * batch * call.Groups);
        device.Run(
            new GroupNormSumsKernel(Floats(call.X), Floats(call.Dy), Floats(call.Mean), sums.View, dots.View, positions, channels, call.Groups),
            Groups(channels, GroupNormSumsKernel.GroupSize), blocks, batch);
        SumColumns(sums.View, sum.View, batch, blocks, channels, 1f);
        SumColumns(dots.View, dot.View, batch, blocks, channels, 1f);
        device.Run(
            new GroupNormFactorsKernel(sum.View, dot.View, Floats(call.Weight), Floats(call.Rstd), factors.View, positions, channels, call.Groups),
            (long)batch * call.Groups);
        device.Run(
            new GroupNormWeightsKernel(sum.View, dot.View, Floats(call.Rstd), Floats(call.DWeight), Floats(call.DBias), batch, channels, call.Groups),
            Groups(channels, GroupNormWeightsKernel.GroupSize));
        int count = checked((int)(batch * call.Positions * channels));
        device.Run(
            new GroupNormBackwardKernel(
                Floats(call.X), Floats(call.Weight), Floats(call.Mean), Floats(call.Rstd), Floats(call.Dy), factors.View, Floats(call.Dx), positions, channels,
                call.Groups, count),
            Groups(count, GroupNormBackwardKernel.GroupSize));
    }
}

/// <summary>Mean and squared deviations of a channel over a block of positions, to (batch,blocks,channels).</summary>
internal readonly struct ChannelMomentsKernel(ArrayView<float> x, ArrayView<float> means, ArrayView<float> squares, int positions, int channels) : IGpuKernel
{
    public const int Block = 64;

    public static int GroupSize => 64;

    public void Run()
    {
        int c = Grid.GlobalIndex.X, block = Grid.IdxY, first = block * Block, end = IntrinsicMath.Min(first + Block, positions);
        if (c >= channels)
            return;
        long image = (long)Grid.IdxZ * positions * channels + c;
        float sum = 0f, square = 0f;
        for (int p = first; p < end; p++)
            sum += x[image + (long)p * channels];
        float mean = LaneMath.Div(sum, end - first);
        for (int p = first; p < end; p++)
        {
            float d = x[image + (long)p * channels] - mean;
            square = Instructions.Fma(d, d, square);
        }
        long to = ((long)Grid.IdxZ * Grid.DimY + block) * channels + c;
        means[to] = mean;
        squares[to] = square;
    }
}

/// <summary>Count, mean and squared deviations of some numbers.</summary>
internal struct Moments
{
    public float Count, Mean, Squares;
}

/// <summary>The moments of two sets together (Chan): the deviations from the common mean are those from their own and those of their means.</summary>
internal readonly struct MomentsUnion : IReduction<Moments>
{
    public static Moments Neutral => default;

    public static Moments Combine(Moments a, Moments b)
    {
        float count = a.Count + b.Count, share = count > 0f ? LaneMath.Div(b.Count, count) : 0f, d = b.Mean - a.Mean;
        return new Moments
        {
            Count = count,
            Mean = Instructions.Fma(d, share, a.Mean),
            Squares = a.Squares + b.Squares + d * d * (a.Count * share),
        };
    }
}

/// <summary>Mean and 1/√(variance + ε) of a group of channels, from those of its channels and blocks.</summary>
internal readonly struct GroupMomentsKernel(
    ArrayView<float> means, ArrayView<float> squares, ArrayView<float> mean, ArrayView<float> rstd, int positions, int channels, int groups, int blocks,
    float epsilon) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<Moments> scratch = SharedMemory.Allocate<Moments>(RowReduce<Threads256>.GroupSize);
        int item = Grid.IdxX, image = item / groups, width = channels / groups, channel = (item - image * groups) * width;
        Moments all = default;
        for (int i = Group.IdxX; i < blocks * width; i += Group.DimX)
        {
            int block = i / width;
            long at = ((long)image * blocks + block) * channels + channel + (i - block * width);
            int count = IntrinsicMath.Min(ChannelMomentsKernel.Block, positions - block * ChannelMomentsKernel.Block);
            all = MomentsUnion.Combine(all, new Moments { Count = count, Mean = means[at], Squares = squares[at] });
        }
        all = RowReduce<Threads256>.All<Moments, MomentsUnion>(all, scratch);
        if (Group.IdxX == 0)
        {
            mean[item] = all.Mean;
            rstd[item] = LaneMath.Div(1f, LaneMath.Sqrt(LaneMath.Div(all.Squares, all.Count) + epsilon));
        }
    }
}

/// <summary>y = (x − mean)·rstd·weight + bias.</summary>
internal readonly struct GroupNormKernel(
    ArrayView<float> x, ArrayView<float> weight, ArrayView<float> bias, ArrayView<float> y, ArrayView<float> mean, ArrayView<float> rstd, int positions,
    int channels, int groups, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int position = i / channels, c = i - position * channels, group = position / positions * groups + c / (channels / groups);
        y[i] = Instructions.Fma(x[i] - mean[group], rstd[group] * weight[c], bias[c]);
    }
}

/// <summary>Over a block of positions, for each channel: Σ dy and Σ dy·(x − mean), to (batch,blocks,channels).</summary>
internal readonly struct GroupNormSumsKernel(
    ArrayView<float> x, ArrayView<float> dy, ArrayView<float> mean, ArrayView<float> sums, ArrayView<float> dots, int positions, int channels, int groups)
    : IGpuKernel
{
    public const int Block = 64;

    public static int GroupSize => 64;

    public void Run()
    {
        int c = Grid.GlobalIndex.X, block = Grid.IdxY, end = IntrinsicMath.Min((block + 1) * Block, positions);
        if (c >= channels)
            return;
        long image = (long)Grid.IdxZ * positions * channels + c;
        float m = mean[Grid.IdxZ * groups + c / (channels / groups)], sum = 0f, dot = 0f;
        for (int p = block * Block; p < end; p++)
        {
            long at = image + (long)p * channels;
            float g = dy[at];
            sum += g;
            dot = Instructions.Fma(g, x[at] - m, dot);
        }
        long to = ((long)Grid.IdxZ * Grid.DimY + block) * channels + c;
        sums[to] = sum;
        dots[to] = dot;
    }
}

/// <summary>
/// For each image and group what is added to every dx: −rstd·Σg/n, and what multiplies x − mean: −rstd³·Σ(g·(x − mean))/n, with g = dy·weight.
/// </summary>
internal readonly struct GroupNormFactorsKernel(
    ArrayView<float> sum, ArrayView<float> dot, ArrayView<float> weight, ArrayView<float> rstd, ArrayView<float> factors,
    int positions, int channels, int groups)
    : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads256>.GroupSize);
        int item = Grid.IdxX, image = item / groups, width = channels / groups, channel = (item - image * groups) * width;
        float gradient = 0f, projection = 0f;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            int c = channel + i;
            gradient = Instructions.Fma(weight[c], sum[image * channels + c], gradient);
            projection = Instructions.Fma(weight[c], dot[image * channels + c], projection);
        }
        gradient = RowReduce<Threads256>.All<float, FloatSum>(gradient, scratch);
        projection = RowReduce<Threads256>.All<float, FloatSum>(projection, scratch);
        if (Group.IdxX == 0)
        {
            float r = rstd[item], count = (float)positions * width;
            factors[2 * item] = LaneMath.Div(-r * gradient, count);
            factors[2 * item + 1] = LaneMath.Div(-r * r * r * projection, count);
        }
    }
}

/// <summary>dWeight = Σ over the images of Σ dy·(x − mean)·rstd, dBias of Σ dy.</summary>
internal readonly struct GroupNormWeightsKernel(
    ArrayView<float> sum, ArrayView<float> dot, ArrayView<float> rstd, ArrayView<float> dWeight, ArrayView<float> dBias, int batch, int channels, int groups)
    : IGpuKernel
{
    public static int GroupSize => 64;

    public void Run()
    {
        int c = Grid.GlobalIndex.X;
        if (c >= channels)
            return;
        float weight = 0f, bias = 0f;
        for (int image = 0; image < batch; image++)
        {
            weight = Instructions.Fma(dot[image * channels + c], rstd[image * groups + c / (channels / groups)], weight);
            bias += sum[image * channels + c];
        }
        dWeight[c] = weight;
        dBias[c] = bias;
    }
}

/// <summary>dx = dy·rstd·weight + (x − mean)·second + first, with the factors of <see cref="GroupNormFactorsKernel"/>.</summary>
internal readonly struct GroupNormBackwardKernel(
    ArrayView<float> x, ArrayView<float> weight, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> dy, ArrayView<float> factors,
    ArrayView<float> dx, int positions, int channels, int groups, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int position = i / channels, c = i - position * channels, group = position / positions * groups + c / (channels / groups);
        float rest = Instructions.Fma(x[i] - mean[group], factors[2 * group + 1], factors[2 * group]);
        dx[i] = Instructions.Fma(dy[i], rstd[group] * weight[c], rest);
    }
}
