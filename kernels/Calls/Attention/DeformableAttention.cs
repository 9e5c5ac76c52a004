namespace SspNative.Kernels;

/// <summary>
/// y (B,Q,heads·dim) = Σ over levels and points of weight (B,Q,heads,levels,points) · value (B,S,heads,dim) at the location (B,Q,heads,levels,points,2),
/// between pixels bilinear.
/// </summary>
public readonly record struct DeformableAttentionCall(
    DeformableAttentionShape Shape, DeviceBuffer Value, DeviceBuffer Locations, DeviceBuffer Weights, DeviceBuffer Y) : IKernelCall<DeformableAttentionCall>
{
    public static string Name => "deformable_attention";

    public Cost Cost => Cost.Of(this, Shape.Flops);

    public DeformableAttentionCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Value = operands.Reads(Value, Shape.Values),
        Locations = operands.Reads(Locations, 2 * Shape.Samples),
        Weights = operands.Reads(Weights, Shape.Samples),
        Y = operands.Writes(Y, Shape.Outputs),
    };

    public void Run(IKernels kernels) => kernels.DeformableAttention(in this);
}

/// <summary>The gradients of <see cref="DeformableAttentionCall"/>.</summary>
public readonly record struct DeformableAttentionBackwardCall(
    DeformableAttentionShape Shape, DeviceBuffer Value, DeviceBuffer Locations, DeviceBuffer Weights, DeviceBuffer Dy, DeviceBuffer DValue,
    DeviceBuffer DLocations, DeviceBuffer DWeights) : IKernelCall<DeformableAttentionBackwardCall>
{
    public static string Name => "deformable_attention_backward";

    /// <summary>
    /// For each corner and channel a multiply-add into its gradient, and one of its product with dy, from which locations and weights have theirs.
    /// </summary>
    public Cost Cost => Cost.Of(this, 2 * Shape.Flops);

    public DeformableAttentionBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Value = operands.Reads(Value, Shape.Values),
        Locations = operands.Reads(Locations, 2 * Shape.Samples),
        Weights = operands.Reads(Weights, Shape.Samples),
        Dy = operands.Reads(Dy, Shape.Outputs),
        DValue = operands.Writes(DValue, Shape.Values),
        DLocations = operands.Writes(DLocations, 2 * Shape.Samples),
        DWeights = operands.Writes(DWeights, Shape.Samples),
    };

    public void Run(IKernels kernels) => kernels.DeformableAttentionBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="DeformableAttentionCall"/>
    void DeformableAttention(in DeformableAttentionCall call);

    /// <inheritdoc cref="DeformableAttentionBackwardCall"/>
    void DeformableAttentionBackward(in DeformableAttentionBackwardCall call);
}
