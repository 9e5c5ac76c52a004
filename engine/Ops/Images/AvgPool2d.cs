namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Mean of each square window: (B,H,W,C) → (B,Hout,Wout,C).</summary>
    public static Tensor AvgPool2d(Tensor x, int kernel, int stride)
    {
        PoolShape shape = Pool("avg_pool2d", x, kernel, stride);
        Tensor y = Tensor.Empty([shape.B, shape.Hout, shape.Wout, shape.C], x.Device);
        x.Device.Launch(new AvgPool2dCall(shape, x.Buffer, y.Buffer));
        return GradientTape.Record("avg_pool2d", y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new AvgPool2dBackwardCall(shape, g.Dy.Buffer, dx.Buffer));
            g.Add(0, dx);
        });
    }
}
