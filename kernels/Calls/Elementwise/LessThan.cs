namespace SspNative.Kernels;

/// <summary>y = 1 where x &lt; threshold, else 0.</summary>
/// <param name="Y">Bytes.</param>
public readonly record struct LessThanCall(
    DeviceBuffer X, float Threshold, DeviceBuffer Y, long Count) : IKernelCall<LessThanCall>
{
    public static string Name => "less_than";

    public Cost Cost => Cost.Of(this, Count);

    public LessThanCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Count),
        Y = operands.Writes(Y, Count, DType.U8),
    };

    public void Run(IKernels kernels) => kernels.LessThan(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="LessThanCall"/>
    void LessThan(in LessThanCall call);
}
