namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// a (…,M,K) · b (…,K,N) → (…,M,N), leading dimensions broadcast; with <paramref name="transposeB"/>, b is (…,N,K).
    /// da = dy · bᵀ, db = aᵀ · dy, summed over broadcast dimensions. b may be a weight stored as bf16, where nothing is recorded.
    /// </summary>
    public static Tensor MatMul(Tensor a, Tensor b, bool transposeB = false)
    {
        const string op = "matmul";
        OpChecks.WithWeights(op, [b], a, b);
        OpChecks.NotPacked(op, b);
        OpChecks.That(a.Rank >= 2 && b.Rank >= 2, op, "both operands need at least two dimensions", a, b);
        int m = a.Shape[^2], k = a.Shape[^1], n = transposeB ? b.Shape[^2] : b.Shape[^1], kb = transposeB ? b.Shape[^1] : b.Shape[^2];
        OpChecks.That(k == kb, op, $"inner dimensions differ: {k} and {kb}; transpose an operand?", a, b);
        Shape batch = Shape.Broadcast(Leading(a), Leading(b), op);
        Tensor y = Tensor.Empty(new Shape([.. batch.Dims, m, n]), a.Device);
        long sizeA = (long)m * k, sizeB = (long)k * n, sizeY = (long)m * n;
        long[] stepsA = Steps(Leading(a), batch, sizeA), stepsB = Steps(Leading(b), batch, sizeB), stepsY = Steps(batch, batch, sizeY);
        a.Device.Launch(new GemmBatchedCall(
            new GemmCall(m, n, k, new(a.Buffer, 0, k), new(b.Buffer, 0, b.Shape[^1], transposeB), new(y.Buffer, 0, n), BType: b.DType),
            Items(batch, stepsA, stepsB, stepsY)));
        return GradientTape.Record(op, y, [a, b], g =>
        {
            if (g.Dy.Count == 0)
            {
                // There are no products that would add up.
                foreach (int input in (int[])[0, 1])
                    if (g.Needs(input))
                        g.Add(input, g.Zeros(input));
                return;
            }
            MatrixView dy = new(g.Dy.Buffer, 0, n);
            // Broadcast items share a destination, so the kernel adds their products up in order.
            if (g.Needs(0))
            {
                Tensor da = g.Empty(0);
                g.Dy.Device.Launch(new GemmBatchedCall(
                    new GemmCall(m, k, n, dy, new(b.Buffer, 0, b.Shape[^1], !transposeB), new(da.Buffer, 0, k)),
                    Items(batch, stepsY, stepsB, stepsA)));
                g.Add(0, da);
            }
            if (g.Needs(1))
            {
                Tensor db = g.Empty(1);
                MatrixView left = new(a.Buffer, 0, k);
                g.Dy.Device.Launch(transposeB
                    ? new GemmBatchedCall(
                        new GemmCall(n, k, m, dy with { Transposed = true }, left, new(db.Buffer, 0, k)), Items(batch, stepsY, stepsA, stepsB))
                    : new GemmBatchedCall(
                        new GemmCall(k, n, m, left with { Transposed = true }, dy, new(db.Buffer, 0, n)), Items(batch, stepsA, stepsY, stepsB)));
                g.Add(1, db);
            }
        }, GradientTape.SavedIf(b.RequiresGrad, a), GradientTape.SavedIf(a.RequiresGrad, b));
    }

    private static Shape Leading(Tensor t) => new(t.Shape.Dims[..^2].ToArray());

    // Elements from one matrix to the next along each dimension of the broadcast batch; 0 where the operand repeats.
    private static long[] Steps(Shape own, Shape batch, long matrix)
    {
        long[] strides = own.Strides(), steps = new long[batch.Rank];
        int lead = batch.Rank - own.Rank;
        for (int d = 0; d < own.Rank; d++)
            steps[lead + d] = own[d] == 1 ? 0 : strides[d] * matrix;
        return steps;
    }

    private static BatchLayout Items(Shape batch, long[] a, long[] b, long[] c)
    {
        var axes = new BatchAxis[batch.Rank];
        for (int d = 0; d < axes.Length; d++)
            axes[d] = new BatchAxis(batch[d], a[d], b[d], c[d]);
        return new BatchLayout(axes);
    }
}
