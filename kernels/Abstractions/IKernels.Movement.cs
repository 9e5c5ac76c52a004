namespace SspNative.Kernels;

public partial interface IKernels
{
    /// <summary>
    /// Copies an n-dimensional block between two strided layouts; permutation, slicing, concatenation, padding and
    /// cropping are all this. Strides and offsets count elements of <paramref name="elementSize"/> bytes.
    /// </summary>
    void CopyStrided(
        DeviceBuffer source, long sourceOffset, ReadOnlySpan<long> sourceStrides,
        DeviceBuffer destination, long destinationOffset, ReadOnlySpan<long> destinationStrides,
        ReadOnlySpan<int> dims, int elementSize);

    /// <summary>y (n, C) = rows of weight (V, C) at indices (n, I64).</summary>
    void Embedding(DeviceBuffer weight, DeviceBuffer indices, DeviceBuffer y, long count, int channels);

    /// <summary>dWeight (V, C) = Σ of dy rows by index; rows whose index is <paramref name="paddingIndex"/> add nothing.</summary>
    void EmbeddingBackward(
        DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dWeight, long count, int channels, int vocabulary, int paddingIndex);

    /// <summary>y (rows) = x (rows, columns) at one column (I64) per row.</summary>
    void Gather(DeviceBuffer x, DeviceBuffer columns, DeviceBuffer y, long rows, int columnCount);

    /// <summary>dx (rows, columns) is dy at the gathered column and zero elsewhere.</summary>
    void GatherBackward(DeviceBuffer dy, DeviceBuffer columns, DeviceBuffer dx, long rows, int columnCount);
}
