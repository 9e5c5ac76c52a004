namespace SspNative.Kernels;

/// <summary>y = f(x ∗ weight + bias).</summary>
public readonly record struct Conv2dCall(
    ConvShape Shape, DeviceBuffer X, DeviceBuffer Weight, DeviceBuffer? Bias, DeviceBuffer Y, Activation Activation) : IKernelCall<Conv2dCall>
{
    public static string Name => "conv2d";

    public Cost Cost => Cost.Of(this, Shape.Flops + (Activation == Activation.None ? 0 : Shape.Outputs));

    public Conv2dCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Shape.Inputs),
        Weight = operands.Reads(Weight, Shape.Weights),
        Bias = operands.Reads(Bias, Shape.Cout),
        Y = operands.Writes(Y, Shape.Outputs),
    };

    public void Run(IKernels kernels) => kernels.Conv2d(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="Conv2dCall"/>
    void Conv2d(in Conv2dCall call);
}
