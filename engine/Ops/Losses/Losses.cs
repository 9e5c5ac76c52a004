namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Mean of −t·ln σ(x) − (1−t)·ln(1−σ(x)) = softplus(x) − x·t over all elements. The target has no gradient.</summary>
    public static Tensor BceWithLogits(Tensor logits, Tensor target)
    {
        OpChecks.That(logits.Shape == target.Shape, "bce_with_logits", "logits and target must have one shape", logits, target);
        return Mean(Sub(Softplus(logits), Mul(logits, target)));
    }

    /// <summary>
    /// Σ wₜ·(−log softmax(x)ₜ) / Σ wₜ over the rows of logits (rows, classes), t being each row's target class (I64) and w the
    /// class weights (1 when absent).
    /// </summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor target, Tensor? classWeight = null)
    {
        OpChecks.That(
            logits.Rank == 2 && target.Shape == new Shape(logits.Shape[0]),
            "cross_entropy", "logits must be (rows, classes) and the target (rows)", logits, target);
        Tensor negative = Neg(Gather(LogSoftmax(logits), target));
        if (classWeight is null)
            return Mean(negative);
        OpChecks.That(classWeight.Shape == new Shape(logits.Shape[1]), "cross_entropy", "one weight per class is needed", logits, target, classWeight);
        Tensor weights = Reshape(Embedding(target, Reshape(classWeight, -1, 1)), -1);
        return Div(Sum(Mul(negative, weights)), Sum(weights));
    }

    /// <summary>1 − (2·Σ σ(x)·t + 1) / (Σ σ(x) + Σ t + 1) per row of logits (rows, points), averaged over rows.</summary>
    public static Tensor DiceLoss(Tensor logits, Tensor target)
    {
        OpChecks.That(logits.Rank == 2 && logits.Shape == target.Shape, "dice_loss", "logits and target must be (rows, points)", logits, target);
        Tensor p = Sigmoid(logits);
        Tensor numerator = Affine(Sum(Mul(p, target), [1]), 2f, 1f);
        Tensor denominator = Affine(Add(Sum(p, [1]), Sum(target, [1])), 1f, 1f);
        return Mean(Affine(Div(numerator, denominator), -1f, 1f));
    }

    /// <summary>Σ a·b / (‖a‖·‖b‖) along one dimension, with broadcasting of the others; norms are clamped to 1e-8.</summary>
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
