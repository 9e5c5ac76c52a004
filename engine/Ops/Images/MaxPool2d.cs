namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Largest value of each square window: (B,H,W,C) → (B,Hout,Wout,C). The gradient goes to the first maximum.</summary>
    public static Tensor MaxPool2d(Tensor x, int kernel, int stride)
    {
        PoolShape shape = Pool("max_pool2d", x, kernel, stride);
        // Kernels count places within a window in floats.
        OpChecks.That((kernel - 1L) * shape.W + kernel <= 1 << 24, "max_pool2d", $"a window of {kernel} spans more than 2²⁴ positions", x);
        Tensor y = Tensor.Empty([shape.B, shape.Hout, shape.Wout, shape.C], x.Device);
        Tensor indices = Tensor.Empty(y.Shape, x.Device, DType.I64);
        x.Device.Launch(new MaxPool2dCall(shape, x.Buffer, y.Buffer, indices.Buffer));
        return GradientTape.Record("max_pool2d", y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new MaxPool2dBackwardCall(shape, g.Dy.Buffer, indices.Buffer, dx.Buffer));
            g.Add(0, dx);
        }, indices);
    }

    private static PoolShape Pool(string op, Tensor x, int kernel, int stride)
    {
        OpChecks.SameDevice(op, DType.F32, x);
        OpChecks.That(
            x.Rank == 4 && kernel > 0 && stride > 0 && x.Shape[1] >= kernel && x.Shape[2] >= kernel,
            op, $"a window of {kernel} with stride {stride} does not fit (B,H,W,C)", x);
        return new PoolShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], kernel, stride);
    }
}
