namespace SspNative.Kernels;

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
    /// <inheritdoc cref="GatherBackwardCall"/>
    void GatherBackward(in GatherBackwardCall call);
}
