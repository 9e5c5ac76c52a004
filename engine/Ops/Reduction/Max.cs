namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Largest value along one dimension; its gradient goes to the first maximum.</summary>
    public static Tensor Max(Tensor x, int dim, bool keepDim = false) => Max("max", x, dim, keepDim).Values;

    /// <summary>Largest values along one dimension, and the position of the first of each in it (I64); NaN is ordered like +∞.</summary>
    public static (Tensor Values, Tensor Indices) MaxWithIndices(Tensor x, int dim, bool keepDim = false) => Max("max_with_indices", x, dim, keepDim);

    /// <summary>1 at the first maximum along one dimension, 0 elsewhere. No gradient passes.</summary>
    public static Tensor Hardmax(Tensor x, int dim = -1)
    {
        using var scope = new TensorScope();
        (Tensor values, Tensor indices) = Max("hardmax", Detach(x), dim, keepDim: false);
        int axis = x.Shape.Axis(dim, "hardmax");
        Tensor ones = Tensor.Full(values.Shape, 1f, x.Device), y = Tensor.Empty(x.Shape, x.Device);
        // The gradient of a maximum puts dy where the maximum was, and zeros elsewhere.
        x.Device.Launch(new MaxBackwardCall(
            ones.Buffer, indices.Buffer, y.Buffer, x.Shape.CountOf(0, axis), x.Shape[axis], x.Shape.CountOf(axis + 1, x.Rank)));
        return scope.Keep(y);
    }

    private static (Tensor Values, Tensor Indices) Max(string op, Tensor x, int dim, bool keepDim)
    {
        OpChecks.SameDevice(op, DType.F32, x);
        int axis = x.Shape.Axis(dim, op);
        OpChecks.That(x.Shape[axis] > 0, op, $"dimension {dim} is empty", x);
        long outer = x.Shape.CountOf(0, axis), inner = x.Shape.CountOf(axis + 1, x.Rank);
        int reduced = x.Shape[axis];
        Tensor y = Tensor.Empty(ReducedShape(x.Shape, [axis], keepDim), x.Device);
        Tensor indices = Tensor.Empty(y.Shape, x.Device, DType.I64);
        x.Device.Launch(new MaxCall(x.Buffer, y.Buffer, indices.Buffer, outer, reduced, inner));
        GradientTape.Record("max", y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new MaxBackwardCall(g.Dy.Buffer, indices.Buffer, dx.Buffer, outer, reduced, inner));
            g.Add(0, dx);
        }, indices);
        return (y, indices);
    }
}
