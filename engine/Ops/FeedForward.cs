namespace SspNative.Engine;

public static partial class Ops
{
    // As much of the hidden layer as a cache holds, and enough rows for a matrix product to be at full speed.
    private const long HiddenPieceBytes = 2 << 20;

    /// <summary>
    /// y = W₂ · f(W₁ · x + b₁) + b₂ + residual: x (…,C), W₁ (H,C), W₂ (K,H), residual (…,K) → (…,K). Recorded, it is two
    /// <see cref="Linear"/>; else the hidden layer (…,H) is never whole: it is made and used up by pieces of rows, with the same bits.
    /// </summary>
    public static Tensor FeedForward(
        Tensor x, Tensor weight1, Tensor? bias1, Activation activation, Tensor weight2, Tensor? bias2, Tensor? residual = null)
    {
        const string op = "feed_forward";
        OpChecks.SameDevice(op, DType.F32, x, weight1, bias1, weight2, bias2, residual);
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
        if (GradientTape.IsRecording(x, weight1, bias1, weight2, bias2, residual))
            return Linear(Linear(x, weight1, bias1, activation), weight2, bias2, residual: residual);

        int rows = (int)x.Shape.CountOf(0, x.Rank - 1);
        Tensor y = Tensor.Empty(shape, x.Device);
        int pieces = (int)Math.Max(1, (long)rows * width * sizeof(float) / HiddenPieceBytes);
        using Tensor hidden = Tensor.Empty([(rows + pieces - 1) / pieces, width], x.Device);
        for (int i = 0; i < pieces; i++)
        {
            int start = (int)((long)i * rows / pieces), m = (int)((i + 1L) * rows / pieces) - start;
            x.Kernels.Gemm(new GemmArguments(
                m, width, channels, new(x.Buffer, (long)start * channels, channels), new(weight1.Buffer, 0, channels, Transposed: true),
                new(hidden.Buffer, 0, width), Bias: bias1?.Buffer, Activation: activation));
            x.Kernels.Gemm(new GemmArguments(
                m, outputs, width, new(hidden.Buffer, 0, width), new(weight2.Buffer, 0, width, Transposed: true),
                new(y.Buffer, (long)start * outputs, outputs), Bias: bias2?.Buffer, Residual: residual?.Buffer));
        }
        return GradientTape.Unrecorded(op, y);
    }
}
