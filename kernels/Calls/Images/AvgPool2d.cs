namespace SspNative.Kernels;

/// <summary>Window means.</summary>
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

public partial interface IKernels
{
    /// <inheritdoc cref="AvgPool2dCall"/>
    void AvgPool2d(in AvgPool2dCall call);
}
