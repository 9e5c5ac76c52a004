using SspNative.Kernels;

namespace SspNative.Tests.Examples.SwiGlu;

/// <summary>y = a · sigmoid(a) · b, elementwise (Shazeer 2020, "GLU Variants Improve Transformer").</summary>
public readonly record struct SwiGluCall(DeviceBuffer A, DeviceBuffer B, DeviceBuffer Y, long Count) : IKernelCall<SwiGluCall>
{
    public static string Name => "swiglu";

    /// <summary>Three operations an element: the sigmoid and two products.</summary>
    public Cost Cost => Cost.Of(this, 3.0 * Count);

    public SwiGluCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        A = operands.Reads(A, Count),
        B = operands.Reads(B, Count),
        Y = operands.Writes(Y, Count),
    };

    public void Run(IKernels kernels) => kernels.SwiGlu(in this);
}

/// <summary>The gradients of <see cref="SwiGluCall"/>.</summary>
public readonly record struct SwiGluBackwardCall(
    DeviceBuffer A, DeviceBuffer B, DeviceBuffer Dy, DeviceBuffer Da, DeviceBuffer Db, long Count) : IKernelCall<SwiGluBackwardCall>
{
    public static string Name => "swiglu_backward";

    public Cost Cost => Cost.Of(this, 7.0 * Count);

    public SwiGluBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        A = operands.Reads(A, Count),
        B = operands.Reads(B, Count),
        Dy = operands.Reads(Dy, Count),
        Da = operands.Writes(Da, Count),
        Db = operands.Writes(Db, Count),
    };

    public void Run(IKernels kernels) => kernels.SwiGluBackward(in this);
}
