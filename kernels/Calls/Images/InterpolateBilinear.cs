namespace SspNative.Kernels;

/// <summary>y = lateral + bilinear(x), align_corners false, no antialiasing.</summary>
/// <param name="Lateral">In y's shape; absent, or y itself.</param>
public readonly record struct InterpolateBilinearCall(
    ResampleShape Shape, DeviceBuffer X, DeviceBuffer? Lateral, DeviceBuffer Y) : IKernelCall<InterpolateBilinearCall>
{
    public static string Name => "interpolate_bilinear";

    /// <summary>Four products and three sums an element of y, and one more sum with a lateral map.</summary>
    public Cost Cost => Cost.Of(this, (Lateral is null ? 7.0 : 8.0) * Shape.Outputs);

    public InterpolateBilinearCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Shape.Inputs),
        Lateral = operands.Reads(Lateral, Shape.Outputs),
        Y = operands.Writes(Y, Shape.Outputs),
    };

    public void Run(IKernels kernels) => kernels.InterpolateBilinear(in this);
}

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
    /// <inheritdoc cref="InterpolateBilinearCall"/>
    void InterpolateBilinear(in InterpolateBilinearCall call);

    /// <inheritdoc cref="InterpolateBilinearBackwardCall"/>
    void InterpolateBilinearBackward(in InterpolateBilinearBackwardCall call);
}
