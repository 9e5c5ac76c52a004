namespace SspNative.Engine;

public static partial class Ops
{
    // As much of the hidden layer as a cache holds, and enough rows for a matrix product to be at full speed.
    private const long HiddenPieceBytes = 2 << 20;

    // A network so wide that a row or two fill the cache would otherwise be launched a row at a time.
    private const int MostPieces = 256;

    /// <summary>
    /// y = W₂ · f(W₁ · x + b₁) + b₂ + residual: x (…,C), W₁ (H,C), W₂ (K,H), residual (…,K) → (…,K). Where its parameters are trained it is two
    /// <see cref="Linear"/>; else the hidden layer (…,H) is never whole: it is made and used up by pieces of rows, with the same bits, and made
    /// once more in the backward pass, dx = (dy · W₂ · f′) · W₁, for which x alone is kept. Weights may be stored as bf16, or packed, where nothing is
    /// recorded.
    /// </summary>
    public static Tensor FeedForward(
        Tensor x, Tensor weight1, Tensor? bias1, Activation activation, Tensor weight2, Tensor? bias2, Tensor? residual = null)
    {
        const string op = "feed_forward";
        OpChecks.WithWeights(op, [weight1, weight2], x, weight1, bias1, weight2, bias2, residual);
        OpChecks.That(
            x.Rank >= 1 && weight1.Rank == 2 && weight2.Rank == 2 && x.Shape[^1] == weight1.Shape[1] && weight2.Shape[1] == weight1.Shape[0],
            op, "the weights must be (hidden, in) and (out, hidden)", x, weight1, bias1, weight2, bias2, residual);
        int channels = weight1.Shape[1], width = weight1.Shape[0], outputs = weight2.Shape[0];
        OpChecks.That(
            (bias1 is null || bias1.Shape == new Shape(width)) && (bias2 is null || bias2.Shape == new Shape(outputs)),
            op, $"the biases must be ({width}) and ({outputs})", x, weight1, bias1, weight2, bias2, residual);
        Shape shape = x.Shape.With(-1, outputs);
        OpChecks.That(
            residual is null || residual.Shape == shape, op, $"the residual must be {shape}", x, weight1, bias1, weight2, bias2, residual);
        if (GradientTape.IsRecording(weight1, bias1, weight2, bias2))
            return TensorScope.Run(() => Linear(Linear(x, weight1, bias1, activation), weight2, bias2, residual: residual));

        Tensor y = Tensor.Empty(shape, x.Device);
        var pieces = new RowPieces(OpChecks.Rows(op, x), width);
        using (Tensor hidden = Tensor.Empty([pieces.Longest, width], x.Device))
            for (int i = 0; i < pieces.Count; i++)
            {
                (int start, int m) = pieces[i];
                FirstLayer(x, weight1, bias1, activation, start, m, hidden);
                x.Device.Launch(new GemmCall(
                    m, outputs, width, new(hidden.Buffer, 0, width), new(weight2.Buffer, 0, width, Transposed: true),
                    new(y.Buffer, (long)start * outputs, outputs), Bias: bias2?.Buffer, Residual: residual?.Buffer, BType: weight2.DType));
            }
        return GradientTape.Record(op, y, [x, residual], g =>
        {
            g.Add(1, g.Dy);
            if (!g.Needs(0))
                return;
            Tensor dx = g.Empty(0);
            using Tensor pre = Tensor.Empty([pieces.Longest, width], x.Device), dHidden = Tensor.Empty(pre.Shape, x.Device);
            for (int i = 0; i < pieces.Count; i++)
            {
                (int start, int m) = pieces[i];
                FirstLayer(x, weight1, bias1, Activation.None, start, m, pre);
                x.Device.Launch(new GemmCall(
                    m, width, outputs, new(g.Dy.Buffer, (long)start * outputs, outputs), new(weight2.Buffer, 0, width), new(dHidden.Buffer, 0, width)));
                if (activation != Activation.None)
                    ActivationBackward(activation, pre, dHidden, dHidden, (long)m * width);
                x.Device.Launch(new GemmCall(
                    m, channels, width, new(dHidden.Buffer, 0, width), new(weight1.Buffer, 0, channels),
                    new(dx.Buffer, (long)start * channels, channels)));
            }
            g.Add(0, dx);
        }, GradientTape.SavedIf(x.RequiresGrad, x), weight1, bias1, weight2);
    }

    // f(W₁ · x + b₁) of rows start … start+count−1.
    private static void FirstLayer(Tensor x, Tensor weight, Tensor? bias, Activation activation, int start, int count, Tensor hidden)
    {
        int width = weight.Shape[0], channels = weight.Shape[1];
        x.Device.Launch(new GemmCall(
            count, width, channels, new(x.Buffer, (long)start * channels, channels), new(weight.Buffer, 0, channels, Transposed: true),
            new(hidden.Buffer, 0, width), Bias: bias?.Buffer, Activation: activation, BType: weight.DType));
    }

    // Rows of a hidden layer of so many channels in pieces of nearly the same length.
    private readonly record struct RowPieces(int Rows, int Width)
    {
        public int Count { get; } = (int)Math.Clamp((long)Rows * Width * sizeof(float) / HiddenPieceBytes, 1, MostPieces);

        public int Longest => (Rows + Count - 1) / Count;

        public (int Start, int Length) this[int piece]
        {
            get
            {
                int start = (int)((long)piece * Rows / Count);
                return (start, (int)((piece + 1L) * Rows / Count) - start);
            }
        }
    }
}
