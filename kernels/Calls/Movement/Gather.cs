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

/// <summary>dx (Rows,ColumnCount) is dy at the gathered column and zero elsewhere.</summary>
public readonly record struct GatherBackwardCall(
    DeviceBuffer Dy, DeviceBuffer Columns, DeviceBuffer Dx, long Rows, int ColumnCount) : IKernelCall<GatherBackwardCall>
{
    public static string Name => "gather_backward";

    public Cost Cost => Cost.Of(this, 0);

    public GatherBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Rows),
        Columns = operands.Reads(Columns, Rows, DType.I64),
        Dx = operands.Writes(Dx, Rows * ColumnCount),
    };

    public void Run(IKernels kernels) => kernels.GatherBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GatherCall"/>
    void Gather(in GatherCall call);

    /// <inheritdoc cref="GatherBackwardCall"/>
    void GatherBackward(in GatherBackwardCall call);
}
