namespace SspNative.Kernels;

/// <summary>y = Σ over levels and points of weight · value at the location.</summary>
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

public partial interface IKernels
{
    /// <inheritdoc cref="DeformableAttentionCall"/>
    void DeformableAttention(in DeformableAttentionCall call);
}
