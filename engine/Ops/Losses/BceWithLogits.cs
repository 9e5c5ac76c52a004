namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Mean of −t·ln σ(x) − (1−t)·ln(1−σ(x)) = softplus(x) − x·t over all elements. The target has no gradient.</summary>
    public static Tensor BceWithLogits(Tensor logits, Tensor target)
    {
        OpChecks.That(logits.Shape == target.Shape, "bce_with_logits", "logits and target must have one shape", logits, target);
        return Mean(Sub(Softplus(logits), Mul(logits, target)));
    }
}
