namespace SspNative.Kernels;

/// <summary>dWeight (Vocabulary,Channels) = Σ of dy's rows by index.</summary>
/// <param name="PaddingIndex">Rows of this index add nothing; −1 for none.</param>
public readonly record struct EmbeddingBackwardCall(
    DeviceBuffer Dy, DeviceBuffer Indices, DeviceBuffer DWeight, long Count, int Channels, int Vocabulary, int PaddingIndex) : IKernelCall<EmbeddingBackwardCall>
{
    public static string Name => "embedding_backward";

    public Cost Cost => Cost.Of(this, (double)Count * Channels);

    public EmbeddingBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Count * Channels),
        Indices = operands.Reads(Indices, Count, DType.I64),
        DWeight = operands.Writes(DWeight, (long)Vocabulary * Channels),
    };

    public void Run(IKernels kernels) => kernels.EmbeddingBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="EmbeddingBackwardCall"/>
    void EmbeddingBackward(in EmbeddingBackwardCall call);
}
