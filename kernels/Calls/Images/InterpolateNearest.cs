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

/// <summary>dx of y = nearest(x): sums of dy.</summary>
public readonly record struct InterpolateNearestBackwardCall(
    ResampleShape Shape, DeviceBuffer Dy, DeviceBuffer Dx) : IKernelCall<InterpolateNearestBackwardCall>
{
    public static string Name => "interpolate_nearest_backward";

    public Cost Cost => Cost.Of(this, Shape.Outputs);

    public InterpolateNearestBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Shape.Outputs),
        Dx = operands.Writes(Dx, Shape.Inputs),
    };

    public void Run(IKernels kernels) => kernels.InterpolateNearestBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="InterpolateNearestCall"/>
    void InterpolateNearest(in InterpolateNearestCall call);

    /// <inheritdoc cref="InterpolateNearestBackwardCall"/>
    void InterpolateNearestBackward(in InterpolateNearestBackwardCall call);
}
