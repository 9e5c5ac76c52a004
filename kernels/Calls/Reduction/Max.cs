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

/// <summary>dx is dy at the recorded maxima and zero elsewhere.</summary>
public readonly record struct MaxBackwardCall(
    DeviceBuffer Dy, DeviceBuffer Indices, DeviceBuffer Dx, long Outer, long Reduced, long Inner) : IKernelCall<MaxBackwardCall>
{
    public static string Name => "max_backward";

    public Cost Cost => Cost.Of(this, 0);

    public MaxBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Dy = operands.Reads(Dy, Outer * Inner),
        Indices = operands.Reads(Indices, Outer * Inner, DType.I64),
        Dx = operands.Writes(Dx, Outer * Reduced * Inner),
    };

    public void Run(IKernels kernels) => kernels.MaxBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="MaxCall"/>
    void Max(in MaxCall call);

    /// <inheritdoc cref="MaxBackwardCall"/>
    void MaxBackward(in MaxBackwardCall call);
}
