namespace SspNative.Kernels;

/// <summary>dx: sums of dy at the recorded maxima, zero elsewhere.</summary>
public readonly record struct MaxPool2dBackwardCall(
    PoolShape Shape, DeviceBuffer Dy, DeviceBuffer Indices, DeviceBuffer Dx) : IKernelCall<MaxPool2dBackwardCall>
{
    public static string Name => "max_pool2d_backward";

    public Cost Cost => Cost.Of(this, Shape.Outputs);

    public MaxPool2dBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Shape.Outputs),
        Indices = operands.Reads(Indices, Shape.Outputs, DType.I64),
        Dx = operands.Writes(Dx, Shape.Inputs),
    };

    public void Run(IKernels kernels) => kernels.MaxPool2dBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="MaxPool2dBackwardCall"/>
    void MaxPool2dBackward(in MaxPool2dBackwardCall call);
}
