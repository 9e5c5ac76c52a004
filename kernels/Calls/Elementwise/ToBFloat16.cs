namespace SspNative.Kernels;

/// <summary>y (bf16) = x, each to the nearest, of two as near to the even one.</summary>
public readonly record struct ToBFloat16Call(DeviceBuffer X, DeviceBuffer Y, long Count) : IKernelCall<ToBFloat16Call>
{
    public static string Name => "to_bfloat16";

    public Cost Cost => Cost.Of(this, 0);

    public ToBFloat16Call Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Count),
        Y = operands.Writes(Y, Count, DType.BF16),
    };

    public void Run(IKernels kernels) => kernels.ToBFloat16(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="ToBFloat16Call"/>
    void ToBFloat16(in ToBFloat16Call call);
}
