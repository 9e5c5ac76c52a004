namespace SspNative.Engine;

public static partial class Ops
{
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
}
