namespace SspNative.Kernels;

/// <summary>y (Outer,Inner) = max over the middle of x (Outer,Reduced,Inner). NaN is ordered like +∞.</summary>
/// <param name="Indices">(Outer,Inner), I64: the position of the first maximum.</param>
public readonly record struct MaxCall(
    DeviceBuffer X, DeviceBuffer Y, DeviceBuffer Indices, long Outer, long Reduced, long Inner) : IKernelCall<MaxCall>
{
    public static string Name => "max";

    public Cost Cost => Cost.Of(this, (double)Outer * Reduced * Inner);

    public MaxCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Outer * Reduced * Inner),
        Y = operands.Writes(Y, Outer * Inner),
        Indices = operands.Writes(Indices, Outer * Inner, DType.I64),
    };

    public void Run(IKernels kernels) => kernels.Max(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="MaxCall"/>
    void Max(in MaxCall call);
}
