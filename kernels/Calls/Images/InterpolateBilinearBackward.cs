namespace SspNative.Kernels;

/// <summary>dx of y = bilinear(x).</summary>
public readonly record struct InterpolateBilinearBackwardCall(
    ResampleShape Shape, DeviceBuffer Dy, DeviceBuffer Dx) : IKernelCall<InterpolateBilinearBackwardCall>
{
    public static string Name => "interpolate_bilinear_backward";

    /// <summary>A multiply-add to each of the four neighbours of an element of y.</summary>
    public Cost Cost => Cost.Of(this, 8.0 * Shape.Outputs);

    public InterpolateBilinearBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Shape.Outputs),
        Dx = operands.Writes(Dx, Shape.Inputs),
    };

    public void Run(IKernels kernels) => kernels.InterpolateBilinearBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="InterpolateBilinearBackwardCall"/>
    void InterpolateBilinearBackward(in InterpolateBilinearBackwardCall call);
}
