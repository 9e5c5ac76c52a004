namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Attention of one head to the H×W pixels of a grid, keys and values being layer-normalised (without weight and bias) sums of what a pixel, its
    /// row and its column have: x̂ of x = [features ; rowsᵢ + columnsⱼ], y = softmax(scale · q·x̂ᵀ)·x̂. q (B,Nq,C+E), features (B,H·W,C), rows (H,E),
    /// columns (W,E) → (B,Nq,C+E). No x exists, and only C of its C+E channels are contracted pixel by pixel.
    /// </summary>
    /// <exception cref="InvalidOperationException">An input requires a gradient while a tape records.</exception>
    public static Tensor GridKeyAttention(Tensor q, Tensor features, Tensor rows, Tensor columns, float scale, float epsilon = 1e-5f)
    {
        const string op = "grid_key_attention";
        OpChecks.SameDevice(op, DType.F32, q, features, rows, columns);
        OpChecks.That(
            q.Rank == 3 && features.Rank == 3 && rows.Rank == 2 && columns.Rank == 2,
            op, "expected q (B,Nq,C+E), features (B,H·W,C), rows (H,E), columns (W,E)", q, features, rows, columns);
        var shape = new GridKeyAttentionShape(
            q.Shape[0], q.Shape[1], rows.Shape[0], columns.Shape[0], features.Shape[2], rows.Shape[1], scale, epsilon);
        CheckGrid(op, features, rows, columns, q, q, features, rows, columns);
        RefuseToRecord(op, q, features, rows, columns);
        Tensor y = Tensor.Empty(q.Shape, q.Device);
        q.Device.Launch(new GridKeyAttentionCall(shape, q.Buffer, features.Buffer, rows.Buffer, columns.Buffer, y.Buffer));
        return GradientTape.Record(op, y, [], _ => { });
    }

    // A grid with at least one pixel, and queries or keys with as many channels as its pixels.
    private static void CheckGrid(string op, Tensor features, Tensor rows, Tensor columns, Tensor latents, params ReadOnlySpan<Tensor?> all)
    {
        int b = latents.Shape[0], h = rows.Shape[0], w = columns.Shape[0];
        long pixels = (long)h * w;
        OpChecks.That(
            features.Shape[0] == b && features.Shape[1] == pixels && pixels > 0,
            op, $"a grid of {h}×{w} needs features ({b}, {pixels}, C)", all);
        OpChecks.That(
            columns.Shape[1] == rows.Shape[1] && latents.Shape[2] == features.Shape[2] + rows.Shape[1],
            op, "rows and columns need equal channels, and q or k those and the features'", all);
    }

    private static void RefuseToRecord(string op, params ReadOnlySpan<Tensor?> inputs)
    {
        if (GradientTape.IsRecording(inputs))
            throw new InvalidOperationException($"{op} has no gradient; use Ops.Attention over Ops.LayerNorm under a tape");
    }
}
