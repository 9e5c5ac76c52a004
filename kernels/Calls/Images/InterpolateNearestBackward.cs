namespace SspNative.Kernels;

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
    /// <inheritdoc cref="InterpolateNearestBackwardCall"/>
    void InterpolateNearestBackward(in InterpolateNearestBackwardCall call);
}
