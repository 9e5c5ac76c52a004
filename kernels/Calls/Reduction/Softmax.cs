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

public partial interface IKernels
{
    /// <inheritdoc cref="SoftmaxCall"/>
    void Softmax(in SoftmaxCall call);
}
