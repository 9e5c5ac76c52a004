namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Sum over some dimensions (all when none are given); the gradient is dy repeated.</summary>
    public static Tensor Sum(Tensor x, int[]? dims = null, bool keepDim = false) => Reduce("sum", x, dims, keepDim, mean: false);

    /// <summary>Mean over some dimensions (all when none are given).</summary>
    public static Tensor Mean(Tensor x, int[]? dims = null, bool keepDim = false) => Reduce("mean", x, dims, keepDim, mean: true);

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
        if (dims.Count == 0)
            return x.Alias(shape);
        using Tensor sum = ReduceDims(x, dims, 1f);
        return sum.Alias(shape);
    }

    private static Tensor Reduce(string op, Tensor x, int[]? dims, bool keepDim, bool mean)
    {
        OpChecks.SameDevice(op, DType.F32, x);
        int[] axes = dims is null ? [.. Enumerable.Range(0, x.Rank)] : [.. dims.Select(d => x.Shape.Axis(d, op)).Distinct().Order()];
        long count = axes.Aggregate(1L, (n, axis) => n * x.Shape[axis]);
        float scale = mean ? 1f / count : 1f;
        using Tensor sum = ReduceDims(x, axes, scale);
        Tensor y = sum.Alias(ReducedShape(x.Shape, axes, keepDim));
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
            if (current != x)
                current.Dispose();
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
