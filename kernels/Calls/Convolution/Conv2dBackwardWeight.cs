namespace SspNative.Kernels;

/// <summary>dWeight of y = x ∗ weight.</summary>
public readonly record struct Conv2dBackwardWeightCall(
    ConvShape Shape, DeviceBuffer X, DeviceBuffer Dy, DeviceBuffer DWeight) : IKernelCall<Conv2dBackwardWeightCall>
{
    public static string Name => "conv2d_backward_weight";

    public Cost Cost => Cost.Of(this, Shape.Flops);

    public Conv2dBackwardWeightCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Shape.Inputs),
        Dy = operands.Reads(Dy, Shape.Outputs),
        DWeight = operands.Writes(DWeight, Shape.Weights),
    };

    public void Run(IKernels kernels) => kernels.Conv2dBackwardWeight(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="Conv2dBackwardWeightCall"/>
    void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call);
}
