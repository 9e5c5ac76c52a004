namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>x · scale + shift.</summary>
    public static Tensor Affine(Tensor x, float scale, float shift)
    {
        OpChecks.SameDevice("affine", DType.F32, x);
        Tensor y = Tensor.Empty(x.Shape, x.Device);
        x.Device.Launch(new AffineCall(x.Buffer, scale, shift, y.Buffer, x.Count));
        return GradientTape.Record("affine", y, [x], g => g.Add(0, Affine(g.Dy, scale, 0f)));
    }

    /// <summary>x · scale.</summary>
    public static Tensor Scale(Tensor x, float scale) => Affine(x, scale, 0f);
}
