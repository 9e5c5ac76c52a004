namespace SspNative.Kernels;

/// <summary>dx of y = x ∗ weight.</summary>
public readonly record struct Conv2dBackwardInputCall(
    ConvShape Shape, DeviceBuffer Dy, DeviceBuffer Weight, DeviceBuffer Dx) : IKernelCall<Conv2dBackwardInputCall>
{
    public static string Name => "conv2d_backward_input";

    public Cost Cost => Cost.Of(this, Shape.Flops);

    public Conv2dBackwardInputCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Shape.Outputs),
        Weight = operands.Reads(Weight, Shape.Weights),
        Dx = operands.Writes(Dx, Shape.Inputs),
    };

    public void Run(IKernels kernels) => kernels.Conv2dBackwardInput(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="Conv2dBackwardInputCall"/>
    void Conv2dBackwardInput(in Conv2dBackwardInputCall call);
}
