namespace SspNative.Kernels;

/// <summary>PyTorch's mode "nearest": source index = floor(output index · in/out).</summary>
public readonly record struct InterpolateNearestCall(
    ResampleShape Shape, DeviceBuffer X, DeviceBuffer Y) : IKernelCall<InterpolateNearestCall>
{
    public static string Name => "interpolate_nearest";

    public Cost Cost => Cost.Of(this, 0);

    public InterpolateNearestCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Shape.Inputs),
        Y = operands.Writes(Y, Shape.Outputs),
    };

    public void Run(IKernels kernels) => kernels.InterpolateNearest(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="InterpolateNearestCall"/>
    void InterpolateNearest(in InterpolateNearestCall call);
}
