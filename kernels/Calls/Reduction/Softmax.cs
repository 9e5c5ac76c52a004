namespace SspNative.Kernels;

/// <summary>Softmax, or its logarithm, of each row of x (Rows,Columns).</summary>
public readonly record struct SoftmaxCall(
    DeviceBuffer X, DeviceBuffer Y, long Rows, int Columns, bool Logarithm) : IKernelCall<SoftmaxCall>
{
    public static string Name => "softmax";

    /// <summary>Five operations an element: maximum, difference, exponential, sum, quotient (or difference).</summary>
    public Cost Cost => Cost.Of(this, 5.0 * Rows * Columns);

    public SoftmaxCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Rows * Columns),
        Y = operands.Writes(Y, Rows * Columns),
    };

    public void Run(IKernels kernels) => kernels.Softmax(in this);
}

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
    /// <inheritdoc cref="SoftmaxCall"/>
    void Softmax(in SoftmaxCall call);

    /// <inheritdoc cref="SoftmaxBackwardCall"/>
    void SoftmaxBackward(in SoftmaxBackwardCall call);
}
