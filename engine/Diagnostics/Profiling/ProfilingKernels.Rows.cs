namespace SspNative.Engine.Diagnostics;

internal sealed partial class ProfilingKernels
{
    public void CopyStrided(
        DeviceBuffer source, long sourceOffset, ReadOnlySpan<long> sourceStrides, DeviceBuffer destination, long destinationOffset,
        ReadOnlySpan<long> destinationStrides, ReadOnlySpan<int> dims, int elementSize)
    {
        Counting.CopyStrided(source, sourceOffset, sourceStrides, destination, destinationOffset, destinationStrides, dims, elementSize);
        using Call call = Begin(Traffic.Of(dims, elementSize));
        _kernels.CopyStrided(Of(source), sourceOffset, sourceStrides, Of(destination), destinationOffset, destinationStrides, dims, elementSize);
    }

    public void Embedding(DeviceBuffer weight, DeviceBuffer indices, DeviceBuffer y, long count, int channels)
    {
        Counting.Embedding(weight, indices, y, count, channels);
        using Call call = Begin(Traffic.OfRows(indices, count * channels));
        _kernels.Embedding(Of(weight), Of(indices), Of(y), count, channels);
    }

    public void EmbeddingBackward(
        DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dWeight, long count, int channels, int vocabulary, int paddingIndex)
    {
        Counting.EmbeddingBackward(dy, indices, dWeight, count, channels, vocabulary, paddingIndex);
        using Call call = Begin(Traffic.Of(dy, indices, dWeight));
        _kernels.EmbeddingBackward(Of(dy), Of(indices), Of(dWeight), count, channels, vocabulary, paddingIndex);
    }

    public void Gather(DeviceBuffer x, DeviceBuffer columns, DeviceBuffer y, long rows, int columnCount)
    {
        Counting.Gather(x, columns, y, rows, columnCount);
        using Call call = Begin(Traffic.Of(x, columns, y));
        _kernels.Gather(Of(x), Of(columns), Of(y), rows, columnCount);
    }

    public void GatherBackward(DeviceBuffer dy, DeviceBuffer columns, DeviceBuffer dx, long rows, int columnCount)
    {
        Counting.GatherBackward(dy, columns, dx, rows, columnCount);
        using Call call = Begin(Traffic.Of(dy, columns, dx));
        _kernels.GatherBackward(Of(dy), Of(columns), Of(dx), rows, columnCount);
    }

    public void LayerNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer? mean, DeviceBuffer? rstd, long rows, int channels,
        float epsilon)
    {
        Counting.LayerNorm(x, weight, bias, y, mean, rstd, rows, channels, epsilon);
        using Call call = Begin(Traffic.Of(x, weight, bias, y, mean, rstd));
        _kernels.LayerNorm(Of(x), Of(weight), Of(bias), Of(y), OfOrNull(mean), OfOrNull(rstd), rows, channels, epsilon);
    }

    public void LayerNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy, DeviceBuffer dx, DeviceBuffer dWeight,
        DeviceBuffer dBias, long rows, int channels)
    {
        Counting.LayerNormBackward(x, weight, mean, rstd, dy, dx, dWeight, dBias, rows, channels);
        using Call call = Begin(Traffic.Of(x, weight, mean, rstd, dy, dx, dWeight, dBias));
        _kernels.LayerNormBackward(Of(x), Of(weight), Of(mean), Of(rstd), Of(dy), Of(dx), Of(dWeight), Of(dBias), rows, channels);
    }

    public void GroupNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer mean, DeviceBuffer rstd, int batch, long positions,
        int channels, int groups, float epsilon)
    {
        Counting.GroupNorm(x, weight, bias, y, mean, rstd, batch, positions, channels, groups, epsilon);
        using Call call = Begin(Traffic.Of(x, weight, bias, y, mean, rstd));
        _kernels.GroupNorm(Of(x), Of(weight), Of(bias), Of(y), Of(mean), Of(rstd), batch, positions, channels, groups, epsilon);
    }

    public void GroupNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy, DeviceBuffer dx, DeviceBuffer dWeight,
        DeviceBuffer dBias, int batch, long positions, int channels, int groups)
    {
        Counting.GroupNormBackward(x, weight, mean, rstd, dy, dx, dWeight, dBias, batch, positions, channels, groups);
        using Call call = Begin(Traffic.Of(x, weight, mean, rstd, dy, dx, dWeight, dBias));
        _kernels.GroupNormBackward(
            Of(x), Of(weight), Of(mean), Of(rstd), Of(dy), Of(dx), Of(dWeight), Of(dBias), batch, positions, channels, groups);
    }

    public void Sum(DeviceBuffer x, DeviceBuffer y, long outer, long reduced, long inner, float scale)
    {
        Counting.Sum(x, y, outer, reduced, inner, scale);
        using Call call = Begin(Traffic.Of(x, y));
        _kernels.Sum(Of(x), Of(y), outer, reduced, inner, scale);
    }

    public void Max(DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices, long outer, long reduced, long inner)
    {
        Counting.Max(x, y, indices, outer, reduced, inner);
        using Call call = Begin(Traffic.Of(x, y, indices));
        _kernels.Max(Of(x), Of(y), Of(indices), outer, reduced, inner);
    }

    public void MaxBackward(DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx, long outer, long reduced, long inner)
    {
        Counting.MaxBackward(dy, indices, dx, outer, reduced, inner);
        using Call call = Begin(Traffic.Of(dy, indices, dx));
        _kernels.MaxBackward(Of(dy), Of(indices), Of(dx), outer, reduced, inner);
    }

    public double SumOfSquares(DeviceBuffer x, long count)
    {
        Counting.SumOfSquares(x, count);
        using Call call = Begin(Traffic.Of(x), isOp: true);
        return _kernels.SumOfSquares(Of(x), count);
    }

    public bool AllFinite(DeviceBuffer x, long count)
    {
        Counting.AllFinite(x, count);
        using Call call = Begin(Traffic.Of(x), isOp: true);
        return _kernels.AllFinite(Of(x), count);
    }

    public void Softmax(DeviceBuffer x, DeviceBuffer y, long rows, int columns, bool logarithm)
    {
        Counting.Softmax(x, y, rows, columns, logarithm);
        using Call call = Begin(Traffic.Of(x, y));
        _kernels.Softmax(Of(x), Of(y), rows, columns, logarithm);
    }

    public void SoftmaxBackward(DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long rows, int columns, bool logarithm)
    {
        Counting.SoftmaxBackward(y, dy, dx, rows, columns, logarithm);
        using Call call = Begin(Traffic.Of(y, dy, dx));
        _kernels.SoftmaxBackward(Of(y), Of(dy), Of(dx), rows, columns, logarithm);
    }
}
