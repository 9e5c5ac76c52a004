namespace SspNative.Engine.Diagnostics;

internal sealed partial class ProfilingKernels
{
    public void Attention(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind, DeviceBuffer? mask, DeviceBuffer y,
        DeviceBuffer? logSumExp)
    {
        Counting.Attention(shape, q, k, v, maskKind, mask, y, logSumExp);
        using Call call = Begin(Traffic.Of(q, k, v, mask, y, logSumExp));
        _kernels.Attention(shape, Of(q), Of(k), Of(v), maskKind, OfOrNull(mask), Of(y), OfOrNull(logSumExp));
    }

    public void AttentionBackward(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind, DeviceBuffer? mask, DeviceBuffer y,
        DeviceBuffer logSumExp, DeviceBuffer dy, DeviceBuffer dq, DeviceBuffer dk, DeviceBuffer dv)
    {
        Counting.AttentionBackward(shape, q, k, v, maskKind, mask, y, logSumExp, dy, dq, dk, dv);
        using Call call = Begin(Traffic.Of(q, k, v, mask, y, logSumExp, dy, dq, dk, dv));
        _kernels.AttentionBackward(shape, Of(q), Of(k), Of(v), maskKind, OfOrNull(mask), Of(y), Of(logSumExp), Of(dy), Of(dq), Of(dk), Of(dv));
    }

    public void GridAttention(
        in GridAttentionShape shape, DeviceBuffer q, DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, DeviceBuffer y)
    {
        Counting.GridAttention(shape, q, features, rows, columns, y);
        using Call call = Begin(Traffic.Of(q, features, rows, columns, y));
        _kernels.GridAttention(shape, Of(q), Of(features), Of(rows), Of(columns), Of(y));
    }

    public void GridQueryAttention(
        in GridQueryAttentionShape shape, DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, DeviceBuffer k, DeviceBuffer keyBias,
        DeviceBuffer v, DeviceBuffer y)
    {
        Counting.GridQueryAttention(shape, features, rows, columns, k, keyBias, v, y);
        using Call call = Begin(Traffic.Of(features, rows, columns, k, keyBias, v, y));
        _kernels.GridQueryAttention(shape, Of(features), Of(rows), Of(columns), Of(k), Of(keyBias), Of(v), Of(y));
    }

    public void WindowAttention(in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer? logSumExp)
    {
        Counting.WindowAttention(shape, qkv, biasTable, y, logSumExp);
        using Call call = Begin(Traffic.Of(qkv, biasTable, y, logSumExp));
        _kernels.WindowAttention(shape, Of(qkv), Of(biasTable), Of(y), OfOrNull(logSumExp));
    }

    public void WindowAttentionBackward(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer logSumExp, DeviceBuffer dy,
        DeviceBuffer dqkv, DeviceBuffer dBiasTable)
    {
        Counting.WindowAttentionBackward(shape, qkv, biasTable, y, logSumExp, dy, dqkv, dBiasTable);
        using Call call = Begin(Traffic.Of(qkv, biasTable, y, logSumExp, dy, dqkv, dBiasTable));
        _kernels.WindowAttentionBackward(shape, Of(qkv), Of(biasTable), Of(y), Of(logSumExp), Of(dy), Of(dqkv), Of(dBiasTable));
    }

    public void DeformableAttention(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer y)
    {
        Counting.DeformableAttention(shape, value, locations, weights, y);
        using Call call = Begin(Traffic.Of(value, locations, weights, y));
        _kernels.DeformableAttention(shape, Of(value), Of(locations), Of(weights), Of(y));
    }

    public void DeformableAttentionBackward(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer dy, DeviceBuffer dValue,
        DeviceBuffer dLocations, DeviceBuffer dWeights)
    {
        Counting.DeformableAttentionBackward(shape, value, locations, weights, dy, dValue, dLocations, dWeights);
        using Call call = Begin(Traffic.Of(value, locations, weights, dy, dValue, dLocations, dWeights));
        _kernels.DeformableAttentionBackward(shape, Of(value), Of(locations), Of(weights), Of(dy), Of(dValue), Of(dLocations), Of(dWeights));
    }

    public void Gemm(in GemmArguments arguments)
    {
        Counting.Gemm(arguments);
        using Call call = Begin(Traffic.Of(arguments, 1));
        _kernels.Gemm(Of(arguments));
    }

    public void GemmBatched(in GemmArguments arguments, ReadOnlySpan<long> aOffsets, ReadOnlySpan<long> bOffsets, ReadOnlySpan<long> cOffsets)
    {
        Counting.GemmBatched(arguments, aOffsets, bOffsets, cOffsets);
        using Call call = Begin(Traffic.Of(arguments, cOffsets.Length));
        _kernels.GemmBatched(Of(arguments), aOffsets, bOffsets, cOffsets);
    }

    public void Conv2d(in ConvShape shape, DeviceBuffer x, DeviceBuffer weight, DeviceBuffer? bias, DeviceBuffer y, Activation activation)
    {
        Counting.Conv2d(shape, x, weight, bias, y, activation);
        using Call call = Begin(Traffic.Of(x, weight, bias, y));
        _kernels.Conv2d(shape, Of(x), Of(weight), OfOrNull(bias), Of(y), activation);
    }

    public void Conv2dBackwardInput(in ConvShape shape, DeviceBuffer dy, DeviceBuffer weight, DeviceBuffer dx)
    {
        Counting.Conv2dBackwardInput(shape, dy, weight, dx);
        using Call call = Begin(Traffic.Of(dy, weight, dx));
        _kernels.Conv2dBackwardInput(shape, Of(dy), Of(weight), Of(dx));
    }

    public void Conv2dBackwardWeight(in ConvShape shape, DeviceBuffer x, DeviceBuffer dy, DeviceBuffer dWeight)
    {
        Counting.Conv2dBackwardWeight(shape, x, dy, dWeight);
        using Call call = Begin(Traffic.Of(x, dy, dWeight));
        _kernels.Conv2dBackwardWeight(shape, Of(x), Of(dy), Of(dWeight));
    }
}
