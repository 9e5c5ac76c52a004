namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Attention of the pixels of such a grid to a few keys: y = softmax(scale · (x̂·kᵀ + bias))·v, for features (B,H·W,C), rows (H,E), columns (W,E),
    /// k (B,Nk,C+E), bias (B,Nk) of the keys, v (B,Nk,D) → (B,H·W,D).
    /// </summary>
    /// <exception cref="InvalidOperationException">An input requires a gradient while a tape records.</exception>
    public static Tensor GridQueryAttention(
        Tensor features, Tensor rows, Tensor columns, Tensor k, Tensor bias, Tensor v, float scale, float epsilon = 1e-5f)
    {
        const string op = "grid_query_attention";
        OpChecks.SameDevice(op, DType.F32, features, rows, columns, k, bias, v);
        OpChecks.That(
            features.Rank == 3 && rows.Rank == 2 && columns.Rank == 2 && k.Rank == 3 && v.Rank == 3,
            op, "expected features (B,H·W,C), rows (H,E), columns (W,E), k (B,Nk,C+E), bias (B,Nk), v (B,Nk,D)", features, rows, columns, k, bias, v);
        var shape = new GridQueryAttentionShape(
            features.Shape[0], rows.Shape[0], columns.Shape[0], features.Shape[2], rows.Shape[1], k.Shape[1], v.Shape[2], scale, epsilon);
        CheckGrid(op, features, rows, columns, k, features, rows, columns, k, bias, v);
        OpChecks.That(
            shape.Nk > 0 && bias.Shape == new Shape(shape.B, shape.Nk) && v.Shape[0] == shape.B && v.Shape[1] == shape.Nk,
            op, "batches or key counts differ", features, rows, columns, k, bias, v);
        RefuseToRecord(op, features, rows, columns, k, bias, v);
        Tensor y = Tensor.Empty([shape.B, shape.H * shape.W, shape.DimV], features.Device);
        features.Device.Launch(new GridQueryAttentionCall(
            shape, features.Buffer, rows.Buffer, columns.Buffer, k.Buffer, bias.Buffer, v.Buffer, y.Buffer));
        return GradientTape.Record(op, y, [], _ => { });
    }
}
