namespace SspNative.Kernels;

/// <summary>y (B,Hout,Wout,Cout) = f(x (B,H,W,Cin) ∗ weight (Cout,Cin/Groups,Kh,Kw) + bias (Cout)).</summary>
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
    /// <inheritdoc cref="Conv2dCall"/>
    void Conv2d(in Conv2dCall call);

    /// <inheritdoc cref="Conv2dBackwardInputCall"/>
    void Conv2dBackwardInput(in Conv2dBackwardInputCall call);

    /// <inheritdoc cref="Conv2dBackwardWeightCall"/>
    void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call);
}
