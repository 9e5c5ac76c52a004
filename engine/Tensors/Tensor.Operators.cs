namespace SspNative.Engine;

/// <summary>Arithmetic as it is written: the operators are <see cref="Ops"/> with broadcasting and gradients.</summary>
public sealed partial class Tensor
{
    public static Tensor operator +(Tensor a, Tensor b) => Ops.Add(a, b);

    public static Tensor operator +(Tensor a, float b) => Ops.Affine(a, 1f, b);

    public static Tensor operator +(float a, Tensor b) => Ops.Affine(b, 1f, a);

    public static Tensor operator -(Tensor a, Tensor b) => Ops.Sub(a, b);

    public static Tensor operator -(Tensor a, float b) => Ops.Affine(a, 1f, -b);

    public static Tensor operator -(float a, Tensor b) => Ops.Affine(b, -1f, a);

    public static Tensor operator -(Tensor a) => Ops.Neg(a);

    public static Tensor operator *(Tensor a, Tensor b) => Ops.Mul(a, b);

    public static Tensor operator *(Tensor a, float b) => Ops.Scale(a, b);

    public static Tensor operator *(float a, Tensor b) => Ops.Scale(b, a);

    public static Tensor operator /(Tensor a, Tensor b) => Ops.Div(a, b);

    public static Tensor operator /(Tensor a, float b)
    {
        // A true division: times the reciprocal would be rounded twice.
        using var scope = new TensorScope();
        return scope.Keep(Ops.Div(a, Full(Shape.Scalar, b, a.Device)));
    }

    public static Tensor operator /(float a, Tensor b)
    {
        using var scope = new TensorScope();
        return scope.Keep(Ops.Div(Full(Shape.Scalar, a, b.Device), b));
    }
}
