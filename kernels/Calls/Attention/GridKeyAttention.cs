namespace SspNative.Kernels;

/// <summary>softmax(scale · q·x̂ᵀ)·x̂ over the pixels x̂ of a grid, none of which is ever made.</summary>
public readonly record struct GridKeyAttentionCall(
    GridKeyAttentionShape Shape, DeviceBuffer Q, DeviceBuffer Features, DeviceBuffer Rows, DeviceBuffer Columns, DeviceBuffer Y)
    : IKernelCall<GridKeyAttentionCall>
{
    public static string Name => "grid_key_attention";

    /// <summary>What is contracted for every pixel, its features twice, and once for every row and column.</summary>
    public Cost Cost => Cost.Of(this, 4.0 * Shape.B * Shape.Nq * ((double)Shape.H * Shape.W * Shape.Features + (double)(Shape.H + Shape.W) * Shape.Positions));

    public GridKeyAttentionCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Q = operands.Reads(Q, (long)Shape.B * Shape.Nq * (Shape.Features + Shape.Positions)),
        Features = operands.Reads(Features, (long)Shape.B * Shape.H * Shape.W * Shape.Features),
        Rows = operands.Reads(Rows, (long)Shape.H * Shape.Positions),
        Columns = operands.Reads(Columns, (long)Shape.W * Shape.Positions),
        Y = operands.Writes(Y, (long)Shape.B * Shape.Nq * (Shape.Features + Shape.Positions)),
    };

    public void Run(IKernels kernels) => kernels.GridKeyAttention(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GridKeyAttentionCall"/>
    void GridKeyAttention(in GridKeyAttentionCall call);
}
