using SspNative.Model.Decoder;

namespace SspNative.Model.Losses;

/// <summary>
/// Finds the query for each target, image by image: the assignment with the least sum of
/// −w_class·p(class) + w_mask·BCE + w_dice·dice, the masks being compared at random points that all pairs of an image share.
/// No gradient passes.
/// </summary>
public sealed class HungarianMatcher(CriterionConfig config)
{
    /// <summary>Draws P points an image, also for images without targets.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit, a class does not exist, or a cost is not finite.</exception>
    public IReadOnlyList<Match> Match(QueryPrediction prediction, IReadOnlyList<MaskTargets> targets, IPointSource random)
    {
        int images = prediction.ClassLogits.Shape[0];
        if (targets.Count != images)
            throw new ArgumentException($"matching: {targets.Count} targets do not fit a batch of {images} images");
        var matches = new List<Match>();
        for (int i = 0; i < images; i++)
        {
            using var scope = new TensorScope();
            var coordinates = new float[2 * config.NumPoints];
            random.Fill(coordinates);
            Tensor points = Tensor.FromArray(coordinates, [1, config.NumPoints, 2], prediction.MaskLogits.Device);
            matches.Add(targets[i].Classes.Count == 0 ? new Match([], []) : MatchImage(prediction, i, targets[i], points));
        }
        return matches;
    }

    private Match MatchImage(QueryPrediction prediction, int image, MaskTargets targets, Tensor points)
    {
        Tensor masks = Ops.Detach(prediction.MaskLogits), classes = Ops.Detach(prediction.ClassLogits);
        int queries = masks.Shape[1], count = targets.Classes.Count, labels = classes.Shape[2];
        if (targets.Masks.Rank != 3 || targets.Masks.Shape[0] != count)
            throw new ArgumentException($"matching: image {image} has {count} targets, but its masks are {targets.Masks.Shape}");
        Tensor logits = Ops.Reshape(Ops.Narrow(masks, 0, image, 1), queries, masks.Shape[2], masks.Shape[3]);
        float[] maskCosts = MaskCosts(
            PointSampling.SampleShared(logits, points), PointSampling.SampleShared(targets.Masks, points)).ToArray();
        float[] probabilities = Ops.Softmax(Ops.Narrow(classes, 0, image, 1)).ToArray();
        var costs = new double[queries * count];
        for (int t = 0; t < count; t++)
        {
            if (targets.Classes[t] < 0 || targets.Classes[t] >= labels - 1)
                throw new ArgumentException($"matching: image {image} has a target of class {targets.Classes[t]} of {labels - 1}");
            for (int q = 0; q < queries; q++)
            {
                float probability = probabilities[q * labels + targets.Classes[t]];
                costs[q * count + t] = maskCosts[q * count + t] - config.MatchingClassWeight * probability;
            }
        }
        int[] targetOf = Assignment.Solve(costs, queries, count);
        int[] matched = [.. Enumerable.Range(0, queries).Where(q => targetOf[q] >= 0)];
        return new Match(matched, [.. matched.Select(q => targetOf[q])]);
    }

    // x (N,P) logits, t (M,P) labels → (N,M). The mean of softplus(x) − x·t over points is the BCE of a pair.
    private Tensor MaskCosts(Tensor x, Tensor t)
    {
        Tensor p = Ops.Sigmoid(x);
        Tensor bce = Ops.Scale(Ops.Sub(Ops.Sum(Ops.Softplus(x), [1], keepDim: true), Ops.MatMul(x, t, transposeB: true)), 1f / x.Shape[1]);
        Tensor numerator = Ops.Affine(Ops.MatMul(p, t, transposeB: true), 2f, 1f);
        Tensor denominator = Ops.Affine(Ops.Add(Ops.Sum(p, [1], keepDim: true), Ops.Sum(t, [1])), 1f, 1f);
        Tensor dice = Ops.Affine(Ops.Div(numerator, denominator), -1f, 1f);
        return Ops.Add(Ops.Scale(bce, config.MaskWeight), Ops.Scale(dice, config.DiceWeight));
    }
}
