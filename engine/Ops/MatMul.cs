namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// a (…,M,K) · b (…,K,N) → (…,M,N), leading dimensions broadcast; with <paramref name="transposeB"/>, b is (…,N,K).
    /// da = dy · bᵀ, db = aᵀ · dy, summed over broadcast dimensions.
    /// </summary>
    public static Tensor MatMul(Tensor a, Tensor b, bool transposeB = false)
    {
        const string op = "matmul";
        OpChecks.SameDevice(op, DType.F32, a, b);
        OpChecks.That(a.Rank >= 2 && b.Rank >= 2, op, "both operands need at least two dimensions", a, b);
        int m = a.Shape[^2], k = a.Shape[^1], n = transposeB ? b.Shape[^2] : b.Shape[^1], kb = transposeB ? b.Shape[^1] : b.Shape[^2];
        OpChecks.That(k == kb, op, $"inner dimensions differ: {k} and {kb}; transpose an operand?", a, b);
        Shape batch = Shape.Broadcast(Leading(a), Leading(b), op);
        Tensor y = Tensor.Empty(new Shape([.. batch.Dims, m, n]), a.Device);
        var arguments = new GemmArguments(m, n, k, new(a.Buffer, 0, k), new(b.Buffer, 0, b.Shape[^1], transposeB), new(y.Buffer, 0, n));
        a.Kernels.GemmBatched(
            arguments, BatchOffsets(Leading(a), batch, (long)m * k), BatchOffsets(Leading(b), batch, (long)k * n),
            BatchOffsets(batch, batch, (long)m * n));
        return GradientTape.Record(op, y, [a, b], g =>
        {
            // Broadcast items share a destination, so the kernel adds their products up in order.
            long[] dyOffsets = BatchOffsets(batch, batch, (long)m * n);
            if (g.Needs(0))
            {
                Tensor da = g.Empty(0);
                var args = new GemmArguments(m, k, n, new(g.Dy.Buffer, 0, n), new(b.Buffer, 0, b.Shape[^1], !transposeB), new(da.Buffer, 0, k));
                g.Dy.Kernels.GemmBatched(args, dyOffsets, BatchOffsets(Leading(b), batch, (long)k * n), BatchOffsets(Leading(a), batch, (long)m * k));
                g.Add(0, da);
            }
            if (g.Needs(1))
            {
                Tensor db = g.Empty(1);
                MatrixView dy = new(g.Dy.Buffer, 0, n), left = new(a.Buffer, 0, k);
                GemmArguments args = transposeB
                    ? new(n, k, m, dy with { Transposed = true }, left, new(db.Buffer, 0, k))
                    : new(k, n, m, left with { Transposed = true }, dy, new(db.Buffer, 0, n));
                long[] aOffsets = BatchOffsets(Leading(a), batch, (long)m * k), bOffsets = BatchOffsets(Leading(b), batch, (long)k * n);
                g.Dy.Kernels.GemmBatched(args, transposeB ? dyOffsets : aOffsets, transposeB ? aOffsets : dyOffsets, bOffsets);
                g.Add(1, db);
            }
        }, GradientTape.If(b.RequiresGrad, a), GradientTape.If(a.RequiresGrad, b));
    }

    private static Shape Leading(Tensor t) => new(t.Shape.Dims[..^2].ToArray());

    // Element offset of the matrix that each item of the broadcast batch uses.
    private static long[] BatchOffsets(Shape own, Shape batch, long matrix)
    {
        var offsets = new long[batch.Count];
        long[] strides = own.Strides();
        int lead = batch.Rank - own.Rank;
        for (long i = 0; i < offsets.Length; i++)
        {
            long rest = i, at = 0;
            for (int d = batch.Rank - 1; d >= 0; d--)
            {
                long index = rest % batch[d];
                rest /= batch[d];
                if (d >= lead && own[d - lead] != 1)
                    at += index * strides[d - lead];
            }
            offsets[i] = at * matrix;
        }
        return offsets;
    }
}
