using SspNative.Kernels.Operators;

namespace SspNative.Engine.Diagnostics;

/// <summary>The kernels of <see cref="CountingDevice"/>: the cost of each, and nothing else.</summary>
internal sealed class CountingKernels(CountingDevice device) : IKernels
{
    public void Attention(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind,
        DeviceBuffer? mask, DeviceBuffer y, DeviceBuffer? logSumExp) =>
        device.Flops += Scores(shape);

    public void AttentionBackward(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind,
        DeviceBuffer? mask, DeviceBuffer y, DeviceBuffer logSumExp, DeviceBuffer dy, DeviceBuffer dq,
        DeviceBuffer dk, DeviceBuffer dv) =>
        device.Flops += 2.5 * Scores(shape);

    // What is contracted for every pixel, its features twice, and once for every row and column.
    public void GridAttention(
        in GridAttentionShape shape, DeviceBuffer q, DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, DeviceBuffer y) =>
        device.Flops += 4.0 * shape.B * shape.Nq
            * ((double)shape.H * shape.W * shape.Features + (double)(shape.H + shape.W) * shape.Positions);

    public void GridQueryAttention(
        in GridQueryAttentionShape shape, DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, DeviceBuffer k, DeviceBuffer keyBias,
        DeviceBuffer v, DeviceBuffer y) =>
        device.Flops += 2.0 * shape.B * shape.Nk
            * ((double)shape.H * shape.W * (shape.Features + shape.DimV) + (double)(shape.H + shape.W) * shape.Positions);

    public void WindowAttention(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y,
        DeviceBuffer? logSumExp) =>
        device.Flops += Scores(shape);

    public void WindowAttentionBackward(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y,
        DeviceBuffer logSumExp, DeviceBuffer dy, DeviceBuffer dqkv, DeviceBuffer dBiasTable) =>
        device.Flops += 2.5 * Scores(shape);

    public void DeformableAttention(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights,
        DeviceBuffer y) =>
        device.Flops += Samples(shape);

    public void DeformableAttentionBackward(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights,
        DeviceBuffer dy, DeviceBuffer dValue, DeviceBuffer dLocations, DeviceBuffer dWeights) =>
        device.Flops += 2 * Samples(shape);

    public void Unary<TOp>(DeviceBuffer x, DeviceBuffer y, long count) where TOp : struct, IUnaryOperator =>
        device.Flops += count;

    public void UnaryBackward<TOp>(
        DeviceBuffer x, DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long count) where TOp : struct,
        IUnaryOperator =>
        device.Flops += 2 * count;

    public void Binary<TOp>(
        DeviceBuffer a, Shape aShape, DeviceBuffer b, Shape bShape, DeviceBuffer y,
        Shape shape) where TOp : struct, IBinaryOperator =>
        device.Flops += shape.Count;

    public void Affine(DeviceBuffer x, float scale, float shift, DeviceBuffer y, long count) =>
        device.Flops += 2 * count;

    public void Fill(DeviceBuffer x, float value, long count)
    {
    }

    public void LessThan(DeviceBuffer x, float threshold, DeviceBuffer y, long count) =>
        device.Flops += count;

    public void AdamW(
        DeviceBuffer parameter, DeviceBuffer gradient, DeviceBuffer m, DeviceBuffer v, long count,
        in AdamWStep step) =>
        device.Flops += 12 * count;

    public void InterpolateBilinear(in ResampleShape shape, DeviceBuffer x, DeviceBuffer? lateral, DeviceBuffer y) =>
        device.Flops += Resampled(shape);

    public void InterpolateBilinearBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx) =>
        device.Flops += Resampled(shape);

    public void InterpolateNearest(in ResampleShape shape, DeviceBuffer x, DeviceBuffer y)
    {
    }

    public void InterpolateNearestBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx) =>
        device.Flops += Resampled(shape) / 7;

    public void GridSample(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer y) =>
        device.Flops += Resampled(shape);

    public void GridSampleBackward(
        in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer dy, DeviceBuffer dx,
        DeviceBuffer dGrid) =>
        device.Flops += 2 * Resampled(shape);

    public void MaxPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices) =>
        device.Flops += Pooled(shape);

    public void MaxPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx)
    {
    }

    public void AvgPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y) =>
        device.Flops += Pooled(shape);

    public void AvgPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer dx) =>
        device.Flops += Pooled(shape);

    public void Gemm(in GemmArguments arguments) =>
        device.Flops += Product(arguments);

    public void GemmBatched(
        in GemmArguments arguments, ReadOnlySpan<long> aOffsets, ReadOnlySpan<long> bOffsets,
        ReadOnlySpan<long> cOffsets) =>
        device.Flops += Product(arguments) * cOffsets.Length;

    public void Conv2d(
        in ConvShape shape, DeviceBuffer x, DeviceBuffer weight, DeviceBuffer? bias, DeviceBuffer y,
        Activation activation) =>
        device.Flops += Convolution(shape);

    public void Conv2dBackwardInput(in ConvShape shape, DeviceBuffer dy, DeviceBuffer weight, DeviceBuffer dx) =>
        device.Flops += Convolution(shape);

    public void Conv2dBackwardWeight(in ConvShape shape, DeviceBuffer x, DeviceBuffer dy, DeviceBuffer dWeight) =>
        device.Flops += Convolution(shape);

    public void CopyStrided(
        DeviceBuffer source, long sourceOffset, ReadOnlySpan<long> sourceStrides, DeviceBuffer destination,
        long destinationOffset, ReadOnlySpan<long> destinationStrides, ReadOnlySpan<int> dims, int elementSize)
    {
    }

    public void Embedding(DeviceBuffer weight, DeviceBuffer indices, DeviceBuffer y, long count, int channels)
    {
    }

    public void EmbeddingBackward(
        DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dWeight, long count, int channels, int vocabulary,
        int paddingIndex) =>
        device.Flops += (double)count * channels;

    public void Gather(DeviceBuffer x, DeviceBuffer columns, DeviceBuffer y, long rows, int columnCount)
    {
    }

    public void GatherBackward(DeviceBuffer dy, DeviceBuffer columns, DeviceBuffer dx, long rows, int columnCount)
    {
    }

    public void LayerNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer? mean,
        DeviceBuffer? rstd, long rows, int channels, float epsilon) =>
        device.Flops += 8.0 * rows * channels;

    public void LayerNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy,
        DeviceBuffer dx, DeviceBuffer dWeight, DeviceBuffer dBias, long rows, int channels) =>
        device.Flops += 12.0 * rows * channels;

    public void GroupNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer mean,
        DeviceBuffer rstd, int batch, long positions, int channels, int groups, float epsilon) =>
        device.Flops += 8.0 * batch * positions * channels;

    public void GroupNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy,
        DeviceBuffer dx, DeviceBuffer dWeight, DeviceBuffer dBias, int batch, long positions, int channels,
        int groups) =>
        device.Flops += 12.0 * batch * positions * channels;

    public void Sum(DeviceBuffer x, DeviceBuffer y, long outer, long reduced, long inner, float scale) =>
        device.Flops += (double)outer * reduced * inner;

    public void Max(DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices, long outer, long reduced, long inner) =>
        device.Flops += (double)outer * reduced * inner;

    public void MaxBackward(DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx, long outer, long reduced, long inner)
    {
    }

    public double SumOfSquares(DeviceBuffer x, long count)
    {
        device.Flops += 2 * count;
        return 0;
    }

    public bool AllFinite(DeviceBuffer x, long count) => true;

    public void Softmax(DeviceBuffer x, DeviceBuffer y, long rows, int columns, bool logarithm) =>
        device.Flops += 5.0 * rows * columns;

    public void SoftmaxBackward(DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long rows, int columns, bool logarithm) =>
        device.Flops += 4.0 * rows * columns;

    private static double Product(in GemmArguments a) => 2.0 * a.M * a.N * a.K;

    private static double Convolution(in ConvShape s) =>
        2.0 * s.B * s.Hout * s.Wout * s.Cout * (s.Cin / s.Groups) * s.Kh * s.Kw;

    private static double Scores(in AttentionShape s) => 2.0 * s.B * s.Heads * s.Nq * s.Nk * (s.DimQk + s.DimV);

    private static double Scores(in WindowAttentionShape s) =>
        4.0 * s.B * s.H * s.W * s.Window * s.Window * s.Heads * s.Dim;

    // Four corners, a multiply-add each, for every sample and channel.
    private static double Samples(DeformableAttentionShape s) => 8.0 * s.B * s.Q * s.Heads * s.Levels.Count * s.Points * s.Dim;

    private static double Resampled(in ResampleShape s) => 7.0 * s.B * s.Hout * s.Wout * s.C;

    private static double Pooled(in PoolShape s) => (double)s.B * s.Hout * s.Wout * s.C * s.Kernel * s.Kernel;
}
