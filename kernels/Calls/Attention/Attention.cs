namespace SspNative.Kernels;

/// <summary>softmax(scale · q·kᵀ, mask)·v, streaming over the keys: scores exist a tile at a time.</summary>
/// <param name="LogSumExp">(B,Heads,Nq), if given: receives each row's log-sum-exp for the backward pass.</param>
public readonly record struct AttentionCall(
    AttentionShape Shape, DeviceBuffer Q, DeviceBuffer K, DeviceBuffer V, AttentionMask MaskKind, DeviceBuffer? Mask, DeviceBuffer Y,
    DeviceBuffer? LogSumExp) : IKernelCall<AttentionCall>
{
    public static string Name => "attention";

    public Cost Cost => Cost.Of(this, Shape.Flops);

    public AttentionCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Q = operands.Reads(Q, Shape.Queries),
        K = operands.Reads(K, Shape.Keys),
        V = operands.Reads(V, Shape.Values),
        Mask = operands.Reads(Mask, Shape.MaskBytes(MaskKind), DType.U8),
        Y = operands.Writes(Y, Shape.Outputs),
        LogSumExp = operands.Writes(LogSumExp, Shape.Rows),
    };

    public void Run(IKernels kernels) => kernels.Attention(in this);
}

/// <summary>The gradients of <see cref="AttentionCall"/>: scores are made once more, a tile at a time.</summary>
public readonly record struct AttentionBackwardCall(
    AttentionShape Shape, DeviceBuffer Q, DeviceBuffer K, DeviceBuffer V, AttentionMask MaskKind, DeviceBuffer? Mask, DeviceBuffer Y,
    DeviceBuffer LogSumExp, DeviceBuffer Dy, DeviceBuffer Dq, DeviceBuffer Dk, DeviceBuffer Dv) : IKernelCall<AttentionBackwardCall>
{
    public static string Name => "attention_backward";

    /// <summary>Five products: q·kᵀ again, dy·vᵀ, and those of dq, dk and dv.</summary>
    public Cost Cost => Cost.Of(this, 2.5 * Shape.Flops);

    public AttentionBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Q = operands.Reads(Q, Shape.Queries),
        K = operands.Reads(K, Shape.Keys),
        V = operands.Reads(V, Shape.Values),
        Mask = operands.Reads(Mask, Shape.MaskBytes(MaskKind), DType.U8),
        Y = operands.Reads(Y, Shape.Outputs),
        LogSumExp = operands.Reads(LogSumExp, Shape.Rows),
        Dy = operands.Reads(Dy, Shape.Outputs),
        Dq = operands.Writes(Dq, Shape.Queries),
        Dk = operands.Writes(Dk, Shape.Keys),
        Dv = operands.Writes(Dv, Shape.Values),
    };

    public void Run(IKernels kernels) => kernels.AttentionBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="AttentionCall"/>
    void Attention(in AttentionCall call);

    /// <inheritdoc cref="AttentionBackwardCall"/>
    void AttentionBackward(in AttentionBackwardCall call);
}
