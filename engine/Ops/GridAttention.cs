namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Attention of one head to the H×W pixels of a grid, keys and values being layer-normalised (without weight and bias) sums of what a pixel, its
    /// row and its column have: x̂ of x = [features ; rowsᵢ + columnsⱼ], y = softmax(scale · q·x̂ᵀ)·x̂. q (B,Nq,C+E), features (B,H·W,C), rows (H,E),
    /// columns (W,E) → (B,Nq,C+E). No x exists, and only C of its C+E channels are contracted pixel by pixel.
    /// </summary>
    /// <exception cref="InvalidOperationException">An input requires a gradient while a tape records.</exception>
    public static Tensor GridAttention(Tensor q, Tensor features, Tensor rows, Tensor columns, float scale, float epsilon = 1e-5f)
    {
        const string op = "grid_attention";
        OpChecks.SameDevice(op, DType.F32, q, features, rows, columns);
        OpChecks.That(
            q.Rank == 3 && features.Rank == 3 && rows.Rank == 2 && columns.Rank == 2,
            op, "expected q (B,Nq,C+E), features (B,H·W,C), rows (H,E), columns (W,E)", q, features, rows, columns);
        var shape = new GridAttentionShape(
            q.Shape[0], q.Shape[1], rows.Shape[0], columns.Shape[0], features.Shape[2], rows.Shape[1], scale, epsilon);
        OpChecks.That(
            features.Shape[0] == shape.B && features.Shape[1] == shape.H * shape.W && shape.H * shape.W > 0,
            op, $"a grid of {shape.H}×{shape.W} needs features ({shape.B}, {shape.H * shape.W}, C)", q, features, rows, columns);
        OpChecks.That(
            columns.Shape[1] == shape.Positions && q.Shape[2] == shape.Features + shape.Positions,
            op, "rows and columns need equal channels, and q those and the features'", q, features, rows, columns);
        if (GradientTape.IsRecording(q, features, rows, columns))
            throw new InvalidOperationException($"{op} has no gradient; use Ops.Attention over Ops.LayerNorm under a tape");
        Tensor y = Tensor.Empty(q.Shape, q.Device);
        q.Kernels.GridAttention(shape, q.Buffer, features.Buffer, rows.Buffer, columns.Buffer, y.Buffer);
        return GradientTape.Record(op, y, [], _ => { });
    }
}
