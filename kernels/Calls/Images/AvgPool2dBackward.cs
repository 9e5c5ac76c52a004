namespace SspNative.Kernels;

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
    /// <inheritdoc cref="AvgPool2dBackwardCall"/>
    void AvgPool2dBackward(in AvgPool2dBackwardCall call);
}
