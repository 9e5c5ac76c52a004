namespace SspNative.Kernels;

/// <summary>y (Count,Channels) = rows of weight (Vocabulary,Channels) at indices (Count).</summary>
/// <param name="Indices">I64.</param>
/// <param name="WeightType">How the weight is stored: F32, or BF16, which is widened as it is read.</param>
public readonly record struct EmbeddingCall(
    DeviceBuffer Weight, DeviceBuffer Indices, DeviceBuffer Y, long Count, int Channels, int Vocabulary, DType WeightType = DType.F32)
    : IKernelCall<EmbeddingCall>
{
    public static string Name => "embedding";

    /// <summary>Counts as many rows as are gathered, none of them twice.</summary>
    public Cost Cost => Cost.Of(this, 0);

    public EmbeddingCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Weight = operands.Reads(Weight, Math.Min(Count, Vocabulary) * Channels, WeightType),
        Indices = operands.Reads(Indices, Count, DType.I64),
        Y = operands.Writes(Y, Count * Channels),
    };

    public void RequireSound() => CallChecks.Holds(Name, nameof(Weight), Weight, (long)Vocabulary * Channels, WeightType);

    public void Run(IKernels kernels) => kernels.Embedding(in this);
}

/// <summary>dWeight (Vocabulary,Channels) = Σ of dy's rows by index.</summary>
/// <param name="PaddingIndex">Rows of this index add nothing; −1 for none.</param>
public readonly record struct EmbeddingBackwardCall(
    DeviceBuffer Dy, DeviceBuffer Indices, DeviceBuffer DWeight, long Count, int Channels, int Vocabulary, int PaddingIndex)
    : IKernelCall<EmbeddingBackwardCall>
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
    /// <inheritdoc cref="EmbeddingCall"/>
    void Embedding(in EmbeddingCall call);

    /// <inheritdoc cref="EmbeddingBackwardCall"/>
    void EmbeddingBackward(in EmbeddingBackwardCall call);
}
