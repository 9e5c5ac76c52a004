namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Bilinear resampling (align_corners false, no antialiasing): (B,H,W,C) → (B,height,width,C).</summary>
    public static Tensor InterpolateBilinear(Tensor x, int height, int width) => Bilinear("interpolate_bilinear", x, null, height, width);

    /// <summary>lateral + bilinear(top) in one pass, the step of a feature pyramid: top (B,h,w,C), lateral (B,H,W,C) → (B,H,W,C).</summary>
    public static Tensor UpsampleAdd(Tensor top, Tensor lateral)
    {
        OpChecks.SameDevice("fpn_upsample_add", DType.F32, top, lateral);
        OpChecks.That(
            top.Rank == 4 && lateral.Rank == 4 && top.Shape[0] == lateral.Shape[0] && top.Shape[3] == lateral.Shape[3],
            "fpn_upsample_add", "batches and channels must agree", top, lateral);
        return Bilinear("fpn_upsample_add", top, lateral, lateral.Shape[1], lateral.Shape[2]);
    }

    private static Tensor Bilinear(string op, Tensor x, Tensor? lateral, int height, int width)
    {
        ResampleShape shape = Resample(op, x, height, width);
        Tensor y = Tensor.Empty([shape.B, height, width, shape.C], x.Device);
        x.Device.Launch(new InterpolateBilinearCall(shape, x.Buffer, lateral?.Buffer, y.Buffer));
        return GradientTape.Record(op, y, [x, lateral], g =>
        {
            if (g.Needs(0))
            {
                Tensor dx = g.Empty(0);
                dx.Device.Launch(new InterpolateBilinearBackwardCall(shape, g.Dy.Buffer, dx.Buffer));
                g.Add(0, dx);
            }
            g.Add(1, g.Dy);
        });
    }

    private static ResampleShape Resample(string op, Tensor x, int height, int width)
    {
        OpChecks.SameDevice(op, DType.F32, x);
        OpChecks.That(x.Rank == 4 && height > 0 && width > 0 && x.Shape[1] > 0 && x.Shape[2] > 0, op, $"cannot resample (B,H,W,C) to {height}×{width}", x);
        return new ResampleShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], height, width);
    }
}
