namespace SspNative.Kernels;

/// <summary>Window maxima. NaN is ordered like +∞.</summary>
/// <param name="Indices">I64, like y: the flat position of the first maximum in the map H·W.</param>
public readonly record struct MaxPool2dCall(
    PoolShape Shape, DeviceBuffer X, DeviceBuffer Y, DeviceBuffer Indices) : IKernelCall<MaxPool2dCall>
{
    public static string Name => "max_pool2d";

    public Cost Cost => Cost.Of(this, (double)Shape.Outputs * Shape.Kernel * Shape.Kernel);

    public MaxPool2dCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Shape.Inputs),
        Y = operands.Writes(Y, Shape.Outputs),
        Indices = operands.Writes(Indices, Shape.Outputs, DType.I64),
    };

    public void Run(IKernels kernels) => kernels.MaxPool2d(in this);
}

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
    /// <inheritdoc cref="MaxPool2dCall"/>
    void MaxPool2d(in MaxPool2dCall call);

    /// <inheritdoc cref="MaxPool2dBackwardCall"/>
    void MaxPool2dBackward(in MaxPool2dBackwardCall call);
}
