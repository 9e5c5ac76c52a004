using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>
/// Mask2Former's set criterion as in transformers 4.35.2, for one image with one target of class 1: the best assignment is then the query of
/// least cost. Every prediction is matched anew and pays for its classes and, at 12,544 points, for its matched mask.
/// </summary>
internal sealed class SetCriterion : IDisposable
{
    private const int Points = 12544, Candidates = 3 * Points, Important = Points * 3 / 4, TargetClass = 1;
    private const double ClassWeight = 2, MaskWeight = 5, DiceWeight = 5, MatchingClassWeight = 1;
    private const float NullWeight = 0.1f;

    private readonly Tensor _classWeights = tensor([1f, 1f, NullWeight]);

    /// <summary>Σ over predictions of 2·cross entropy + 5·BCE + 5·dice; the target is (1,H,W) of zeros and ones.</summary>
    public Tensor Loss(IReadOnlyList<Prediction> predictions, Tensor target)
    {
        Tensor total = Loss(predictions[^1], target);
        foreach (Prediction prediction in predictions.SkipLast(1))
            total = total + Loss(prediction, target);
        return total;
    }

    public void Dispose() => _classWeights.Dispose();

    private Tensor Loss(Prediction prediction, Tensor target)
    {
        long query = Match(prediction, target);
        Tensor logits = prediction.Classes.squeeze(0);
        Tensor classes = full([logits.shape[0]], logits.shape[1] - 1, dtype: ScalarType.Int64);
        classes[query] = TargetClass;
        Tensor crossEntropy = functional.cross_entropy(logits, classes, _classWeights);
        Tensor mask = prediction.Masks.narrow(1, query, 1).squeeze(0);
        Tensor points = UncertainPoints(mask.detach());
        Tensor values = Sample(mask, points), labels = Sample(target, points);
        Tensor bce = functional.binary_cross_entropy_with_logits(values, labels, reduction: Reduction.None).mean([1]).sum();
        Tensor p = values.sigmoid();
        Tensor dice = (1 - (2 * (p * labels).sum(-1) + 1) / (p.sum(-1) + labels.sum(-1) + 1)).sum();
        return ClassWeight * crossEntropy + MaskWeight * bce + DiceWeight * dice;
    }

    private static long Match(Prediction prediction, Tensor target)
    {
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor points = rand(1, Points, 2);
        Tensor masks = prediction.Masks.squeeze(0);
        Tensor x = Sample(masks, points.expand(masks.shape[0], -1, -1)), t = Sample(target, points);
        Tensor positive = functional.binary_cross_entropy_with_logits(x, ones_like(x), reduction: Reduction.None);
        Tensor negative = functional.binary_cross_entropy_with_logits(x, zeros_like(x), reduction: Reduction.None);
        Tensor bce = (matmul(positive, t.t()) + matmul(negative, (1 - t).t())) / Points;
        Tensor p = x.sigmoid();
        Tensor dice = 1 - (2 * matmul(p, t.t()) + 1) / (p.sum(-1, true) + t.sum(-1) + 1);
        Tensor probability = functional.softmax(prediction.Classes.squeeze(0), -1).narrow(1, TargetClass, 1);
        return (MaskWeight * bce + DiceWeight * dice - MatchingClassWeight * probability).argmin().ToInt64();
    }

    // Of the candidates those where the mask is least certain; the rest uniform: (M,P,2).
    private static Tensor UncertainPoints(Tensor masks)
    {
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long m = masks.shape[0];
        Tensor candidates = rand(m, Candidates, 2);
        Tensor uncertainty = Sample(masks, candidates).abs().neg();
        Tensor chosen = uncertainty.topk(Important, 1, sorted: false).indexes.unsqueeze(-1).expand(-1, -1, 2);
        return cat([candidates.gather(1, chosen), rand(m, Points - Important, 2)], 1).MoveToOuterDisposeScope();
    }

    // Maps (M,H,W) at points (M,P,2) in 0…1: (M,P).
    private static Tensor Sample(Tensor maps, Tensor points) => functional.grid_sample(
        maps.unsqueeze(1), (2 * points - 1).unsqueeze(2), GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false)
        .squeeze(3).squeeze(1);
}
