namespace SspNative.Kernels;

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
    /// <inheritdoc cref="MaxBackwardCall"/>
    void MaxBackward(in MaxBackwardCall call);
}
