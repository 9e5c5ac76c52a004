using SspNative.Kernels.Operators;

namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>a + b with broadcasting; the gradients are dy summed to each operand's shape.</summary>
    public static Tensor Add(Tensor a, Tensor b) => GradientTape.Record("add", Binary<Add>(a, b), [a, b], g =>
    {
        g.Add(0, g.Needs(0) ? SumTo(g.Dy, a.Shape) : g.Dy);
        g.Add(1, g.Needs(1) ? SumTo(g.Dy, b.Shape) : g.Dy);
    });

    /// <summary>a − b with broadcasting.</summary>
    public static Tensor Sub(Tensor a, Tensor b) => GradientTape.Record("sub", Binary<Sub>(a, b), [a, b], g =>
    {
        g.Add(0, g.Needs(0) ? SumTo(g.Dy, a.Shape) : g.Dy);
        g.Add(1, g.Needs(1) ? SumTo(Neg(g.Dy), b.Shape) : g.Dy);
    });

    /// <summary>a · b with broadcasting; da = dy · b, db = dy · a.</summary>
    public static Tensor Mul(Tensor a, Tensor b) => GradientTape.Record("mul", Binary<Mul>(a, b), [a, b], g =>
    {
        if (g.Needs(0))
            g.Add(0, SumTo(Binary<Mul>(g.Dy, b), a.Shape));
        if (g.Needs(1))
            g.Add(1, SumTo(Binary<Mul>(g.Dy, a), b.Shape));
    }, GradientTape.SavedIf(b.RequiresGrad, a), GradientTape.SavedIf(a.RequiresGrad, b));

    /// <summary>a / b with broadcasting; da = dy / b, db = −dy · a / b².</summary>
    public static Tensor Div(Tensor a, Tensor b) => GradientTape.Record("div", Binary<Div>(a, b), [a, b], g =>
    {
        Tensor da = Binary<Div>(g.Dy, b);
        if (g.Needs(0))
            g.Add(0, SumTo(da, a.Shape));
        if (g.Needs(1))
            g.Add(1, SumTo(Neg(Binary<Mul>(da, Binary<Div>(a, b))), b.Shape));
    }, GradientTape.SavedIf(b.RequiresGrad, a), b);

    private static Tensor Binary<TOp>(Tensor a, Tensor b) where TOp : struct, IBinaryOperator
    {
        OpChecks.SameDevice(TOp.Name, DType.F32, a, b);
        Shape shape = Shape.Broadcast(a.Shape, b.Shape, TOp.Name);
        Tensor y = Tensor.Empty(shape, a.Device, operation: TOp.Name);
        a.Device.Launch(new BinaryCall<TOp>(a.Buffer, a.Shape, b.Buffer, b.Shape, y.Buffer, shape));
        return y;
    }
}
