namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// softmax(scale · q·kᵀ)·v per head, streaming over keys: q (B,Nq,h·d), k (B,Nk,h·d), v (B,Nk,h·e) → (B,Nq,h·e), a head being
    /// consecutive channels. Scale defaults to 1/√d. With P the softmax, dv = Pᵀ·dy, dS = P ⊙ (dy·vᵀ − rowsum(dy ⊙ y)), dq = scale · dS·k, dk = scale · dSᵀ·q;
    /// P is computed again from its rows' log-sums (Dao et al. 2022).
    /// </summary>
    /// <param name="mask">
    /// Bytes, 1 = may not attend: (B,Nk) for padded keys or (B,Nq,Nk). A row that blocks every key blocks none.
    /// </param>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, int heads, Tensor? mask = null, float? scale = null)
    {
        const string op = "scaled_dot_product_attention";
        (int b, int nq, int nk) = CheckAttention(op, q, k, v, heads);
        AttentionMask kind = AttentionMask.None;
        if (mask is not null)
        {
            OpChecks.OneDevice(op, q, k, v, mask);
            OpChecks.SameDevice(op, DType.U8, mask);
            kind = mask.Shape == new Shape(b, nk) ? AttentionMask.Keys : AttentionMask.Full;
            OpChecks.That(
                kind == AttentionMask.Keys || mask.Shape == new Shape(b, nq, nk), op, $"the mask must be ({b}, {nk}) or ({b}, {nq}, {nk})", q, k, v, mask);
        }
        int dimQk = q.Shape[2] / heads, dimV = v.Shape[2] / heads;
        var shape = new AttentionShape(b, heads, nq, nk, dimQk, dimV, scale ?? 1f / MathF.Sqrt(dimQk));
        Tensor y = Tensor.Empty([b, nq, v.Shape[2]], q.Device);
        Tensor? lse = GradientTape.IsRecording(q, k, v) ? Tensor.Empty([b, heads, nq], q.Device) : null;
        q.Device.Launch(new AttentionCall(shape, q.Buffer, k.Buffer, v.Buffer, kind, mask?.Buffer, y.Buffer, lse?.Buffer));
        return GradientTape.Record(op, y, [q, k, v], g =>
        {
            Tensor dq = g.Empty(0), dk = g.Empty(1), dv = g.Empty(2);
            dq.Device.Launch(new AttentionBackwardCall(
                shape, q.Buffer, k.Buffer, v.Buffer, kind, mask?.Buffer, y.Buffer, lse!.Buffer, g.Dy.Buffer, dq.Buffer, dk.Buffer, dv.Buffer));
            g.Add(0, dq);
            g.Add(1, dk);
            g.Add(2, dv);
        }, q, k, v, y, lse, mask);
    }

    private static (int B, int Nq, int Nk) CheckAttention(string op, Tensor q, Tensor k, Tensor v, int heads)
    {
        OpChecks.SameDevice(op, DType.F32, q, k, v);
        OpChecks.That(q.Rank == 3 && k.Rank == 3 && v.Rank == 3, op, "q, k and v must be (B, tokens, channels)", q, k, v);
        int b = q.Shape[0], nq = q.Shape[1], nk = k.Shape[1];
        OpChecks.That(k.Shape[0] == b && v.Shape[0] == b && v.Shape[1] == nk && nk > 0, op, "batches or key counts differ", q, k, v);
        OpChecks.That(
            heads > 0 && q.Shape[2] > 0 && q.Shape[2] == k.Shape[2] && q.Shape[2] % heads == 0 && v.Shape[2] % heads == 0,
            op, $"q and k need equal channels, one or more, and all must divide into {heads} heads", q, k, v);
        return (b, nq, nk);
    }
}
