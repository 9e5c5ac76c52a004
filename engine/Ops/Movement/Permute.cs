namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Reorders dimensions: y's dimension i is x's dimension order[i].</summary>
    public static Tensor Permute(Tensor x, params ReadOnlySpan<int> order)
    {
        int[] perm = order.ToArray();
        OpChecks.That(
            perm.Length == x.Rank && perm.Order().SequenceEqual(Enumerable.Range(0, x.Rank)),
            "permute", $"({string.Join(", ", perm)}) is not an order of {x.Rank} dimensions", x);
        long[] strides = x.Shape.Strides();
        Shape shape = new([.. perm.Select(p => x.Shape[p])]);
        Tensor y = Tensor.Empty(shape, x.Device, x.DType);
        x.Device.Launch(new CopyStridedCall(
            x.Buffer, 0, [.. perm.Select(p => strides[p])], y.Buffer, 0, shape.Strides(), shape.Dims, x.DType.Size()));
        int[] inverse = new int[perm.Length];
        for (int i = 0; i < perm.Length; i++)
            inverse[perm[i]] = i;
        return GradientTape.Record("permute", y, [x], g => g.Add(0, Permute(g.Dy, inverse)));
    }

    /// <summary>Swaps two dimensions.</summary>
    public static Tensor Transpose(Tensor x, int dim0, int dim1)
    {
        int[] order = [.. Enumerable.Range(0, x.Rank)];
        int a = x.Shape.Axis(dim0, "transpose"), b = x.Shape.Axis(dim1, "transpose");
        (order[a], order[b]) = (order[b], order[a]);
        return Permute(x, order);
    }

    /// <summary>(B,C,H,W) → (B,H,W,C).</summary>
    public static Tensor ToChannelsLast(Tensor x) => Permute(x, 0, 2, 3, 1);

    /// <summary>(B,H,W,C) → (B,C,H,W).</summary>
    public static Tensor ToChannelsFirst(Tensor x) => Permute(x, 0, 3, 1, 2);
}
