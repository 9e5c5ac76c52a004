namespace SspNative.Kernels;

/// <summary>result[slot] = 1 if an element of x is NaN or infinite, else 0.</summary>
/// <param name="Result">Bytes.</param>
public readonly record struct NonFiniteCall(
    DeviceBuffer X, long Count, DeviceBuffer Result, int Slot) : IKernelCall<NonFiniteCall>
{
    public static string Name => "non_finite";

    public Cost Cost => Cost.Of(this, Count);

    public NonFiniteCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Count),
        Result = operands.Writes(Result, new StridedLayout(Slot, new LayoutAxis(1, 1)), DType.U8),
    };

    public void Run(IKernels kernels) => kernels.NonFinite(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="NonFiniteCall"/>
    void NonFinite(in NonFiniteCall call);
}
