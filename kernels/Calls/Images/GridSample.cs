namespace SspNative.Kernels;

/// <summary>y (B,Hout,Wout,C): bilinear samples of x at grid (B,Hout,Wout,2) of (x,y) in −1…1; zeros outside, align_corners false.</summary>
public readonly record struct GridSampleCall(
    ResampleShape Shape, DeviceBuffer X, DeviceBuffer Grid, DeviceBuffer Y) : IKernelCall<GridSampleCall>
{
    public static string Name => "grid_sample";

    /// <summary>Four products and three sums an element of y.</summary>
    public Cost Cost => Cost.Of(this, 7.0 * Shape.Outputs);

    public GridSampleCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Math.Min(Shape.Inputs, 4 * Shape.Outputs)),
        Grid = operands.Reads(Grid, 2L * Shape.B * Shape.Hout * Shape.Wout),
        Y = operands.Writes(Y, Shape.Outputs),
    };

    public void RequireSound() => CallChecks.Holds(Name, nameof(X), X, Shape.Inputs);

    public void Run(IKernels kernels) => kernels.GridSample(in this);
}

/// <summary>The gradients of <see cref="GridSampleCall"/>.</summary>
public readonly record struct GridSampleBackwardCall(
    ResampleShape Shape, DeviceBuffer X, DeviceBuffer Grid, DeviceBuffer Dy, DeviceBuffer Dx, DeviceBuffer DGrid) : IKernelCall<GridSampleBackwardCall>
{
    public static string Name => "grid_sample_backward";

    /// <summary>Counts for each of four corners a multiply-add into dx, and one of its product with dy, from which the grid has its gradient.</summary>
    public Cost Cost => Cost.Of(this, 16.0 * Shape.Outputs);

    public GridSampleBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Math.Min(Shape.Inputs, 4 * Shape.Outputs)),
        Grid = operands.Reads(Grid, 2L * Shape.B * Shape.Hout * Shape.Wout),
        Dy = operands.Reads(Dy, Shape.Outputs),
        Dx = operands.Writes(Dx, Shape.Inputs),
        DGrid = operands.Writes(DGrid, 2L * Shape.B * Shape.Hout * Shape.Wout),
    };

    public void RequireSound() => CallChecks.Holds(Name, nameof(X), X, Shape.Inputs);

    public void Run(IKernels kernels) => kernels.GridSampleBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GridSampleCall"/>
    void GridSample(in GridSampleCall call);

    /// <inheritdoc cref="GridSampleBackwardCall"/>
    void GridSampleBackward(in GridSampleBackwardCall call);
}
