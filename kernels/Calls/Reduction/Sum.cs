namespace SspNative.Kernels;

/// <summary>y (Outer,Inner) = scale · Σ over the middle of x (Outer,Reduced,Inner).</summary>
public readonly record struct SumCall(
    DeviceBuffer X, DeviceBuffer Y, long Outer, long Reduced, long Inner, float Scale) : IKernelCall<SumCall>
{
    public static string Name => "sum";

    public Cost Cost => Cost.Of(this, (double)Outer * Reduced * Inner);

    public SumCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Outer * Reduced * Inner),
        Y = operands.Writes(Y, Outer * Inner),
    };

    public void Run(IKernels kernels) => kernels.Sum(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="SumCall"/>
    void Sum(in SumCall call);
}
