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

    public void Run(IKernels kernels) => kernels.GridSample(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GridSampleCall"/>
    void GridSample(in GridSampleCall call);
}
