namespace SspNative.Kernels;

/// <summary>y = x · scale + shift; y may be x.</summary>
public readonly record struct AffineCall(
    DeviceBuffer X, float Scale, float Shift, DeviceBuffer Y, long Count) : IKernelCall<AffineCall>
{
    public static string Name => "affine";

    public Cost Cost => Cost.Of(this, 2.0 * Count);

    public AffineCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Count),
        Y = operands.Writes(Y, Count),
    };

    public void Run(IKernels kernels) => kernels.Affine(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="AffineCall"/>
    void Affine(in AffineCall call);
}
