namespace SspNative.Kernels;

/// <summary>result[slot] = Σ x², in double precision and an order that does not depend on the number of threads.</summary>
/// <param name="Result">F64.</param>
public readonly record struct SumOfSquaresCall(
    DeviceBuffer X, long Count, DeviceBuffer Result, int Slot) : IKernelCall<SumOfSquaresCall>
{
    public static string Name => "sum_of_squares";

    public Cost Cost => Cost.Of(this, 2.0 * Count);

    public SumOfSquaresCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Count),
        Result = operands.Writes(Result, new StridedLayout(Slot, new LayoutAxis(1, 1)), DType.F64),
    };

    public void Run(IKernels kernels) => kernels.SumOfSquares(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="SumOfSquaresCall"/>
    void SumOfSquares(in SumOfSquaresCall call);
}
