namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Elements start … start+length−1 of one dimension.</summary>
    public static Tensor Narrow(Tensor x, int dim, int start, int length)
    {
        int axis = x.Shape.Axis(dim, "narrow");
        OpChecks.That(
            start >= 0 && length >= 0 && length <= x.Shape[axis] - start,
            "narrow", $"elements {start}…{(long)start + length - 1} are not all in dimension {dim} of size {x.Shape[axis]}", x);
        if (x.DType == DType.F32Panels && axis == 0)
            return PackedRows(x, start, length);
        int[] starts = new int[x.Rank];
        starts[axis] = start;
        return Slice("narrow", x, starts, x.Shape.With(axis, length));
    }

    /// <summary>The leading block of a feature map: (B,H,W,C) → (B,height,width,C).</summary>
    public static Tensor Crop2d(Tensor x, int height, int width)
    {
        OpChecks.That(
            x.Rank == 4 && height >= 0 && width >= 0 && height <= x.Shape[1] && width <= x.Shape[2],
            "crop2d", $"cannot crop to {height}×{width}", x);
        return height == x.Shape[1] && width == x.Shape[2]
            ? x
            : Slice("crop2d", x, new int[4], [x.Shape[0], height, width, x.Shape[3]]);
    }

    /// <summary>Zeros below and right of a feature map: (B,H,W,C) → (B,height,width,C).</summary>
    public static Tensor Pad2d(Tensor x, int height, int width)
    {
        OpChecks.SameDevice("pad2d", DType.F32, x);
        OpChecks.That(x.Rank == 4 && height >= x.Shape[1] && width >= x.Shape[2], "pad2d", $"cannot pad to {height}×{width}", x);
        if (height == x.Shape[1] && width == x.Shape[2])
            return x;
        Tensor y = Tensor.Zeros([x.Shape[0], height, width, x.Shape[3]], x.Device);
        CopyBlock(x, y, new int[4]);
        return GradientTape.Record("pad2d", y, [x], g => g.Add(0, Crop2d(g.Dy, x.Shape[1], x.Shape[2])));
    }

    /// <summary>Joins tensors along one dimension; the others must agree.</summary>
    public static Tensor Concat(IReadOnlyList<Tensor> parts, int dim)
    {
        if (parts.Count == 0)
            throw new ArgumentException("concat: nothing to join");
        Tensor first = parts[0];
        int axis = first.Shape.Axis(dim, "concat");
        int total = 0;
        foreach (Tensor p in parts)
        {
            OpChecks.OneDevice("concat", first, p);
            OpChecks.That(
                p.Rank == first.Rank && p.DType == first.DType && p.Shape.With(axis, first.Shape[axis]) == first.Shape,
                "concat", $"all dimensions but {dim} and the element type must agree", first, p);
            total += p.Shape[axis];
        }
        Tensor y = Tensor.Empty(first.Shape.With(axis, total), first.Device, first.DType);
        int[] offsets = new int[parts.Count];
        int at = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            offsets[i] = at;
            int[] starts = new int[first.Rank];
            starts[axis] = at;
            CopyBlock(parts[i], y, starts);
            at += parts[i].Shape[axis];
        }
        int[] sizes = [.. parts.Select(p => p.Shape[axis])];
        return GradientTape.Record("concat", y, [.. parts], g =>
        {
            for (int i = 0; i < sizes.Length; i++)
                if (g.Needs(i))
                    g.Add(i, Narrow(g.Dy, axis, offsets[i], sizes[i]));
        });
    }

    /// <summary>Repeats a tensor along dimensions of size 1, or new leading ones, to a larger shape; the gradient is the sum.</summary>
    public static Tensor Expand(Tensor x, Shape shape)
    {
        OpChecks.That(Shape.Broadcast(x.Shape, shape, "expand") == shape, "expand", $"cannot expand to {shape}", x);
        if (x.Shape == shape)
            return x;
        long[] own = x.Shape.Strides();
        long[] strides = new long[shape.Rank];
        for (int i = 0; i < x.Rank; i++)
            strides[shape.Rank - x.Rank + i] = x.Shape[i] == 1 ? 0 : own[i];
        Tensor y = Tensor.Empty(shape, x.Device, x.DType);
        x.Device.Launch(new CopyStridedCall(x.Buffer, 0, strides, y.Buffer, 0, shape.Strides(), shape.Dims, x.DType.Size()));
        return GradientTape.Record("expand", y, [x], g => g.Add(0, SumTo(g.Dy, x.Shape)));
    }

    private static Tensor Slice(string op, Tensor x, int[] starts, Shape shape)
    {
        long[] strides = x.Shape.Strides();
        long offset = starts.Zip(strides, (s, stride) => s * stride).Sum();
        Tensor y = Tensor.Empty(shape, x.Device, x.DType);
        x.Device.Launch(new CopyStridedCall(x.Buffer, offset, strides, y.Buffer, 0, shape.Strides(), shape.Dims, x.DType.Size()));
        return GradientTape.Record(op, y, [x], g =>
        {
            Tensor dx = Tensor.Zeros(x.Shape, g.Dy.Device);
            CopyBlock(g.Dy, dx, starts);
            g.Add(0, dx);
        });
    }

    private static void CopyBlock(Tensor block, Tensor whole, int[] starts)
    {
        long[] strides = whole.Shape.Strides();
        long offset = starts.Zip(strides, (s, stride) => s * stride).Sum();
        block.Device.Launch(new CopyStridedCall(
            block.Buffer, 0, block.Shape.Strides(), whole.Buffer, offset, strides, block.Shape.Dims, block.DType.Size()));
    }
}
