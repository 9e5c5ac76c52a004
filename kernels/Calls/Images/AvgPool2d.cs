namespace SspNative.Kernels;

/// <summary>y (B,Hout,Wout,C): means of x (B,H,W,C) over windows of Kernel², whole windows alone.</summary>
public readonly record struct AvgPool2dCall(
    PoolShape Shape, DeviceBuffer X, DeviceBuffer Y) : IKernelCall<AvgPool2dCall>
{
    public static string Name => "avg_pool2d";

    public Cost Cost => Cost.Of(this, (double)Shape.Outputs * Shape.Kernel * Shape.Kernel);

    public AvgPool2dCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Shape.Inputs),
        Y = operands.Writes(Y, Shape.Outputs),
    };

    public void Run(IKernels kernels) => kernels.AvgPool2d(in this);
}

/// <summary>dx: the sum over the windows of an element of dy/Kernel².</summary>
public readonly record struct AvgPool2dBackwardCall(
    PoolShape Shape, DeviceBuffer Dy, DeviceBuffer Dx) : IKernelCall<AvgPool2dBackwardCall>
{
    public static string Name => "avg_pool2d_backward";

    public Cost Cost => Cost.Of(this, (double)Shape.Outputs * Shape.Kernel * Shape.Kernel);

    public AvgPool2dBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Shape.Outputs),
        Dx = operands.Writes(Dx, Shape.Inputs),
    };

    public void Run(IKernels kernels) => kernels.AvgPool2dBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="AvgPool2dCall"/>
    void AvgPool2d(in AvgPool2dCall call);

    /// <inheritdoc cref="AvgPool2dBackwardCall"/>
    void AvgPool2dBackward(in AvgPool2dBackwardCall call);
}
