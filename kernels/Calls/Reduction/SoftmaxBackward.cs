namespace SspNative.Kernels;

/// <summary>dx = y·(dy − Σ dy·y); of the logarithm dx = dy − eʸ·Σ dy.</summary>
public readonly record struct SoftmaxBackwardCall(
    DeviceBuffer Y, DeviceBuffer Dy, DeviceBuffer Dx, long Rows, int Columns, bool Logarithm) : IKernelCall<SoftmaxBackwardCall>
{
    public static string Name => "softmax_backward";

    public Cost Cost => Cost.Of(this, 4.0 * Rows * Columns);

    public SoftmaxBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Y = operands.Reads(Y, Rows * Columns),
        Dy = operands.Reads(Dy, Rows * Columns),
        Dx = operands.Writes(Dx, Rows * Columns),
    };

    public void Run(IKernels kernels) => kernels.SoftmaxBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="SoftmaxBackwardCall"/>
    void SoftmaxBackward(in SoftmaxBackwardCall call);
}
