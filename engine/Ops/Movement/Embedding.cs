namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Rows of weight (V,C) at indices (…): (…) → (…,C). The row <paramref name="paddingIndex"/>, if not −1, receives no
    /// gradient. The weight may be stored as bf16, where nothing is recorded.
    /// </summary>
    public static Tensor Embedding(Tensor indices, Tensor weight, int paddingIndex = -1)
    {
        const string op = "embedding";
        OpChecks.OneDevice(op, indices, weight);
        OpChecks.WithWeights(op, [weight], weight);
        OpChecks.NotPacked(op, weight);
        OpChecks.SameDevice(op, DType.I64, indices);
        OpChecks.That(weight.Rank == 2, op, "the weight must be (vocabulary, channels)", indices, weight);
        int vocabulary = weight.Shape[0], channels = weight.Shape[1];
        foreach (long i in indices.Indices)
            OpChecks.That(i >= 0 && i < vocabulary, op, $"index {i} is not in 0…{vocabulary - 1}", indices, weight);
        Tensor y = Tensor.Empty(new Shape([.. indices.Shape.Dims, channels]), weight.Device);
        weight.Device.Launch(new EmbeddingCall(weight.Buffer, indices.Buffer, y.Buffer, indices.Count, channels, vocabulary, weight.DType));
        return GradientTape.Record(op, y, [weight], g =>
        {
            Tensor dw = g.Empty(0);
            dw.Device.Launch(new EmbeddingBackwardCall(g.Dy.Buffer, indices.Buffer, dw.Buffer, indices.Count, channels, vocabulary, paddingIndex));
            g.Add(0, dw);
        }, indices);
    }
}
