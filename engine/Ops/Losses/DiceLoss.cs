namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>1 − (2·Σ σ(x)·t + 1) / (Σ σ(x) + Σ t + 1) per row of logits (rows, points), averaged over rows.</summary>
    public static Tensor DiceLoss(Tensor logits, Tensor target)
    {
        OpChecks.That(logits.Rank == 2 && logits.Shape == target.Shape, "dice_loss", "logits and target must be (rows, points)", logits, target);
        Tensor p = Sigmoid(logits);
        Tensor numerator = Affine(Sum(Mul(p, target), [1]), 2f, 1f);
        Tensor denominator = Affine(Add(Sum(p, [1]), Sum(target, [1])), 1f, 1f);
        return Mean(Affine(Div(numerator, denominator), -1f, 1f));
    }
}
