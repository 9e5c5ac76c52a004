namespace SspNative.Kernels;

/// <summary>x = value.</summary>
public readonly record struct FillCall(
    DeviceBuffer X, float Value, long Count) : IKernelCall<FillCall>
{
    public static string Name => "fill";

    public Cost Cost => Cost.Of(this, 0);

    public FillCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Writes(X, Count),
    };

    public void Run(IKernels kernels) => kernels.Fill(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="FillCall"/>
    void Fill(in FillCall call);
}
