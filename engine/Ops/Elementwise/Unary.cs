using SspNative.Kernels.Operators;

namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>max(x, 0).</summary>
    public static Tensor Relu(Tensor x) => Unary<Relu>(x);

    /// <summary>x · Φ(x), the exact form.</summary>
    public static Tensor Gelu(Tensor x) => Unary<Gelu>(x);

    /// <summary>The tanh approximation of <see cref="Gelu"/>.</summary>
    public static Tensor GeluTanh(Tensor x) => Unary<GeluTanh>(x);

    /// <summary>x · sigmoid(1.702 x), CLIP's activation.</summary>
    public static Tensor QuickGelu(Tensor x) => Unary<QuickGelu>(x);

    /// <summary>x · sigmoid(x).</summary>
    public static Tensor Silu(Tensor x) => Unary<Silu>(x);

    /// <summary>1/(1 + e⁻ˣ); dx = dy · y · (1 − y).</summary>
    public static Tensor Sigmoid(Tensor x) => Unary<Sigmoid>(x);

    /// <summary>(eˣ − e⁻ˣ)/(eˣ + e⁻ˣ); dx = dy · (1 − y²).</summary>
    public static Tensor Tanh(Tensor x) => Unary<Tanh>(x);

    /// <summary>ln(1 + eˣ).</summary>
    public static Tensor Softplus(Tensor x) => Unary<Softplus>(x);

    /// <summary>eˣ; dx = dy · y.</summary>
    public static Tensor Exp(Tensor x) => Unary<Exp>(x);

    /// <summary>ln x; dx = dy/x.</summary>
    public static Tensor Log(Tensor x) => Unary<Log>(x);

    /// <summary>√x; dx = dy/(2 y).</summary>
    public static Tensor Sqrt(Tensor x) => Unary<Sqrt>(x);

    /// <summary>−x; dx = −dy.</summary>
    public static Tensor Neg(Tensor x) => Unary<Neg>(x);

    /// <summary>y = f(x), elementwise; dx = dy · f′(x). Recorded, it keeps x or y, whichever f′ needs.</summary>
    private static Tensor Unary<TOp>(Tensor x) where TOp : struct, IUnaryOperator
    {
        OpChecks.SameDevice(TOp.Name, DType.F32, x);
        Tensor y = Tensor.Empty(x.Shape, x.Device, operation: TOp.Name);
        x.Device.Launch(new UnaryCall<TOp>(x.Buffer, y.Buffer, x.Count));
        return GradientTape.Record(TOp.Name, y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            UnaryBackward<TOp>(TOp.DerivesFromOutput ? y : x, g.Dy, dx, dx.Count);
            g.Add(0, dx);
        }, TOp.DerivesFromOutput ? y : x);
    }

    private static void UnaryBackward<TOp>(Tensor saved, Tensor dy, Tensor dx, long count) where TOp : struct, IUnaryOperator =>
        dx.Device.Launch(new UnaryBackwardCall<TOp>(saved.Buffer, dy.Buffer, dx.Buffer, count));
}
