namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Sum over some dimensions (all when none are given); the gradient is dy repeated.</summary>
    public static Tensor Sum(Tensor x, int[]? dims = null, bool keepDim = false) => Reduce("sum", x, dims, keepDim, mean: false);

    /// <summary>Mean over some dimensions (all when none are given).</summary>
    public static Tensor Mean(Tensor x, int[]? dims = null, bool keepDim = false) => Reduce("mean", x, dims, keepDim, mean: true);

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

    /// <summary>Sums a gradient over the dimensions along which its tensor was broadcast.</summary>
    internal static Tensor SumTo(Tensor x, Shape shape)
    {
        if (x.Shape == shape)
            return x;
        var dims = new List<int>();
        int lead = x.Rank - shape.Rank;
        for (int i = 0; i < x.Rank; i++)
            if (i < lead || (shape[i - lead] == 1 && x.Shape[i] != 1))
                dims.Add(i);
        return dims.Count == 0 ? x.Alias(shape) : ReduceDims(x, dims, 1f).Alias(shape);
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

    private static Tensor Reduce(string op, Tensor x, int[]? dims, bool keepDim, bool mean)
    {
        OpChecks.SameDevice(op, DType.F32, x);
        int[] axes = dims is null ? [.. Enumerable.Range(0, x.Rank)] : [.. dims.Select(d => x.Shape.Axis(d, op)).Distinct().Order()];
        long count = axes.Aggregate(1L, (n, axis) => n * x.Shape[axis]);
        float scale = mean ? 1f / count : 1f;
        Tensor y = ReduceDims(x, axes, scale).Alias(ReducedShape(x.Shape, axes, keepDim));
        return GradientTape.Record(op, y, [x], g =>
        {
            Tensor dy = g.Dy.Alias(ReducedShape(x.Shape, axes, keepDim: true));
            g.Add(0, Expand(mean ? Scale(dy, scale) : dy, x.Shape));
        });
    }

    // Adjacent dimensions are summed in one pass, the innermost group first.
    private static Tensor ReduceDims(Tensor x, IReadOnlyList<int> axes, float scale)
    {
        int[] dims = x.Shape.ToArray();
        Tensor current = x;
        int i = axes.Count - 1;
        do
        {
            int end = i >= 0 ? axes[i] + 1 : x.Rank, start = i >= 0 ? axes[i] : x.Rank;
            while (i > 0 && axes[i - 1] == start - 1)
                start = axes[--i];
            long outer = Count(dims, 0, start), reduced = Count(dims, start, end), inner = Count(dims, end, dims.Length);
            for (int d = start; d < end; d++)
                dims[d] = 1;
            Tensor next = Tensor.Empty(new Shape([.. dims]), x.Device);
            x.Device.Launch(new SumCall(current.Buffer, next.Buffer, outer, reduced, inner, i <= 0 ? scale : 1f));
            current = next;
        }
        while (--i >= 0);
        return current;

        static long Count(int[] dims, int start, int end) => new Shape(dims).CountOf(start, end);
    }

    private static Shape ReducedShape(Shape shape, IReadOnlyCollection<int> axes, bool keepDim)
    {
        var dims = new List<int>();
        for (int i = 0; i < shape.Rank; i++)
            if (!axes.Contains(i))
                dims.Add(shape[i]);
            else if (keepDim)
                dims.Add(1);
        return new Shape([.. dims]);
    }
}
