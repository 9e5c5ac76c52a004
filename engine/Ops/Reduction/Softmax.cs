namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>e^(x−max) / Σ e^(x−max) along one dimension; dx = y · (dy − Σ dy·y).</summary>
    public static Tensor Softmax(Tensor x, int dim = -1) => SoftmaxAlong("softmax", x, dim, logarithm: false);

    /// <summary>x − max − ln Σ e^(x−max) along one dimension; dx = dy − e^y · Σ dy.</summary>
    public static Tensor LogSoftmax(Tensor x, int dim = -1) => SoftmaxAlong("log_softmax", x, dim, logarithm: true);

    private static Tensor SoftmaxAlong(string op, Tensor x, int dim, bool logarithm)
    {
        OpChecks.SameDevice(op, DType.F32, x);
        int axis = x.Shape.Axis(dim, op);
        if (axis != x.Rank - 1)
            return Transpose(SoftmaxAlong(op, Transpose(x, axis, -1), -1, logarithm), axis, -1);
        int columns = x.Shape[axis];
        long rows = x.Shape.CountOf(0, axis);
        Tensor y = Tensor.Empty(x.Shape, x.Device);
        x.Device.Launch(new SoftmaxCall(x.Buffer, y.Buffer, rows, columns, logarithm));
        return GradientTape.Record(op, y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new SoftmaxBackwardCall(y.Buffer, g.Dy.Buffer, dx.Buffer, rows, columns, logarithm));
            g.Add(0, dx);
        }, y);
    }
}
