using SspNative.Kernels.Operators;

namespace SspNative.Kernels;

/// <summary>y = f(x), elementwise; y may be x.</summary>
public readonly record struct UnaryCall<TOp>(
    DeviceBuffer X, DeviceBuffer Y, long Count) : IKernelCall<UnaryCall<TOp>>
    where TOp : struct, IUnaryOperator
{
    public static string Name => TOp.Name;

    /// <summary>One operation an element, whatever the function.</summary>
    public Cost Cost => Cost.Of(this, Count);

    public UnaryCall<TOp> Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Count),
        Y = operands.Writes(Y, Count),
    };

    public void Run(IKernels kernels) => kernels.Unary(in this);
}

/// <summary>dx = dy · f′, elementwise; dx may be dy.</summary>
/// <param name="Saved">y = f(x) where <see cref="IUnaryOperator.DerivesFromOutput"/>, else x.</param>
public readonly record struct UnaryBackwardCall<TOp>(
    DeviceBuffer Saved, DeviceBuffer Dy, DeviceBuffer Dx, long Count) : IKernelCall<UnaryBackwardCall<TOp>>
    where TOp : struct, IUnaryOperator
{
    private static readonly string _name = TOp.Name + "_backward";

    public static string Name => _name;

    /// <summary>Two operations an element: the derivative, and the product with it.</summary>
    public Cost Cost => Cost.Of(this, 2.0 * Count);

    public UnaryBackwardCall<TOp> Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Saved = operands.Reads(Saved, Count),
        Dy = operands.Reads(Dy, Count),
        Dx = operands.Writes(Dx, Count),
    };

    public void Run(IKernels kernels) => kernels.UnaryBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="UnaryCall{TOp}"/>
    void Unary<TOp>(in UnaryCall<TOp> call) where TOp : struct, IUnaryOperator;

    /// <inheritdoc cref="UnaryBackwardCall{TOp}"/>
    void UnaryBackward<TOp>(in UnaryBackwardCall<TOp> call) where TOp : struct, IUnaryOperator;
}
