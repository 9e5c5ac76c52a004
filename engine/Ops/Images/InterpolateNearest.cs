namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Nearest-neighbour resampling: source index = floor(index · in/out).</summary>
    public static Tensor InterpolateNearest(Tensor x, int height, int width)
    {
        ResampleShape shape = Resample("interpolate_nearest", x, height, width);
        Tensor y = Tensor.Empty([shape.B, height, width, shape.C], x.Device);
        x.Device.Launch(new InterpolateNearestCall(shape, x.Buffer, y.Buffer));
        return GradientTape.Record("interpolate_nearest", y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new InterpolateNearestBackwardCall(shape, g.Dy.Buffer, dx.Buffer));
            g.Add(0, dx);
        });
    }
}
