namespace SspNative.Kernels;

/// <summary>y (Rows) = x (Rows,ColumnCount) at one column of each row.</summary>
/// <param name="Columns">(Rows), I64.</param>
public readonly record struct GatherCall(
    DeviceBuffer X, DeviceBuffer Columns, DeviceBuffer Y, long Rows, int ColumnCount) : IKernelCall<GatherCall>
{
    public static string Name => "gather";

    public Cost Cost => Cost.Of(this, 0);

    public GatherCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, new StridedLayout(0, new LayoutAxis(Rows, ColumnCount))),
        Columns = operands.Reads(Columns, Rows, DType.I64),
        Y = operands.Writes(Y, Rows),
    };

    public void Run(IKernels kernels) => kernels.Gather(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GatherCall"/>
    void Gather(in GatherCall call);
}
