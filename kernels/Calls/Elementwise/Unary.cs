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

public partial interface IKernels
{
    /// <inheritdoc cref="UnaryCall{TOp}"/>
    void Unary<TOp>(in UnaryCall<TOp> call) where TOp : struct, IUnaryOperator;
}
