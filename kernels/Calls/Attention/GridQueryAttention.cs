namespace SspNative.Kernels;

/// <summary>softmax(scale · (x̂·kᵀ + bias))·v of the pixels x̂ of a grid, none of which is ever made.</summary>
public readonly record struct GridQueryAttentionCall(
    GridQueryAttentionShape Shape, DeviceBuffer Features, DeviceBuffer Rows, DeviceBuffer Columns, DeviceBuffer K, DeviceBuffer KeyBias,
    DeviceBuffer V, DeviceBuffer Y) : IKernelCall<GridQueryAttentionCall>
{
    public static string Name => "grid_query_attention";

    /// <summary>What is contracted for every pixel, features and values, and once for every row and column.</summary>
    public Cost Cost => Cost.Of(
        this, 2.0 * Shape.B * Shape.Nk * ((double)Shape.H * Shape.W * (Shape.Features + Shape.DimV) + (double)(Shape.H + Shape.W) * Shape.Positions));

    public GridQueryAttentionCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Features = operands.Reads(Features, (long)Shape.B * Shape.H * Shape.W * Shape.Features),
        Rows = operands.Reads(Rows, (long)Shape.H * Shape.Positions),
        Columns = operands.Reads(Columns, (long)Shape.W * Shape.Positions),
        K = operands.Reads(K, (long)Shape.B * Shape.Nk * (Shape.Features + Shape.Positions)),
        KeyBias = operands.Reads(KeyBias, (long)Shape.B * Shape.Nk),
        V = operands.Reads(V, (long)Shape.B * Shape.Nk * Shape.DimV),
        Y = operands.Writes(Y, (long)Shape.B * Shape.H * Shape.W * Shape.DimV),
    };

    public void Run(IKernels kernels) => kernels.GridQueryAttention(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GridQueryAttentionCall"/>
    void GridQueryAttention(in GridQueryAttentionCall call);
}
