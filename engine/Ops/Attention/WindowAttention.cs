namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Swin's (shifted) window attention with relative position bias, partition, shift and mask included:
    /// qkv (B,H,W,3C), bias table ((2·window−1)², heads) → (B,H,W,C). H and W must be multiples of the window.
    /// </summary>
    public static Tensor WindowAttention(Tensor qkv, Tensor biasTable, int window, int shift, int heads)
    {
        const string op = "window_attention";
        OpChecks.SameDevice(op, DType.F32, qkv, biasTable);
        OpChecks.That(
            qkv.Rank == 4 && heads > 0 && qkv.Shape[3] % (3 * heads) == 0, op, $"qkv must be (B,H,W,3C) with C a multiple of {heads} heads", qkv, biasTable);
        OpChecks.That(
            window > 0 && shift >= 0 && shift < window && qkv.Shape[1] % window == 0 && qkv.Shape[2] % window == 0,
            op, $"the map must divide into windows of {window}, shifted by less than one; pad it first", qkv, biasTable);
        OpChecks.That(
            biasTable.Shape == new Shape((2 * window - 1) * (2 * window - 1), heads),
            op, $"the bias table must be ({(2 * window - 1) * (2 * window - 1)}, {heads})", qkv, biasTable);
        int channels = qkv.Shape[3] / 3;
        var shape = new WindowAttentionShape(qkv.Shape[0], qkv.Shape[1], qkv.Shape[2], heads, channels / heads, window, shift);
        Tensor y = Tensor.Empty(qkv.Shape.With(3, channels), qkv.Device);
        Tensor? lse = GradientTape.IsRecording(qkv, biasTable) ? Tensor.Empty([shape.B, heads, shape.H, shape.W], qkv.Device) : null;
        qkv.Device.Launch(new WindowAttentionCall(shape, qkv.Buffer, biasTable.Buffer, y.Buffer, lse?.Buffer));
        return GradientTape.Record(op, y, [qkv, biasTable], g =>
        {
            Tensor dqkv = g.Empty(0), dTable = g.Empty(1);
            dqkv.Device.Launch(new WindowAttentionBackwardCall(
                shape, qkv.Buffer, biasTable.Buffer, y.Buffer, lse!.Buffer, g.Dy.Buffer, dqkv.Buffer, dTable.Buffer));
            g.Add(0, dqkv);
            g.Add(1, dTable);
        }, qkv, biasTable, y, lse);
    }
}
