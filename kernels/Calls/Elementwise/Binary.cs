using SspNative.Kernels.Operators;

namespace SspNative.Kernels;

/// <summary>y = f(a, b), elementwise with NumPy broadcasting; y may be an operand of its own shape.</summary>
/// <param name="Shape">Of y: that of both operands broadcast.</param>
public readonly record struct BinaryCall<TOp>(
    DeviceBuffer A, Shape AShape, DeviceBuffer B, Shape BShape, DeviceBuffer Y, Shape Shape) : IKernelCall<BinaryCall<TOp>>
    where TOp : struct, IBinaryOperator
{
    public static string Name => TOp.Name;

    public Cost Cost => Cost.Of(this, Shape.Count);

    public BinaryCall<TOp> Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        A = operands.Reads(A, AShape.Count),
        B = operands.Reads(B, BShape.Count),
        Y = operands.Writes(Y, Shape.Count),
    };

    public void RequireSound()
    {
        if (Shape.Broadcast(AShape, BShape, Name) != Shape)
            throw new ArgumentException($"{Name}: {AShape} and {BShape} broadcast to {Shape.Broadcast(AShape, BShape, Name)}, not {Shape}");
    }

    public void Run(IKernels kernels) => kernels.Binary(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="BinaryCall{TOp}"/>
    void Binary<TOp>(in BinaryCall<TOp> call) where TOp : struct, IBinaryOperator;
}
