namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Σ a·b / (‖a‖·‖b‖) along one dimension, with broadcasting of the others; a norm is √(Σx² + 1e-16), where PyTorch's is at least 1e-8.</summary>
    public static Tensor CosineSimilarity(Tensor a, Tensor b, int dim = -1)
    {
        const string op = "cosine_similarity";
        // From the end, so that it means the same dimension in operands of different rank.
        Shape shape = Shape.Broadcast(a.Shape, b.Shape, op);
        dim = shape.Axis(dim, op) - shape.Rank;
        OpChecks.That(
            a.Rank >= -dim && b.Rank >= -dim && a.Shape[^-dim] == b.Shape[^-dim], op, $"sizes differ along dimension {dim}", a, b);
        Tensor dot = Sum(Mul(a, b), [dim]);
        return Div(dot, Mul(Norm(a), Norm(b)));

        Tensor Norm(Tensor x) => Sqrt(Affine(Sum(Mul(x, x), [dim]), 1f, 1e-16f));
    }
}
