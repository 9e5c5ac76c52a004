using SspNative.Model.Decoder;

namespace SspNative.Model.Losses;

/// <summary>
/// Finds the query for each target, image by image: the assignment with the least sum of
/// −w_class·p(class) + w_mask·BCE + w_dice·dice, the masks being compared at random points that all pairs of an image share.
/// No gradient passes.
/// </summary>
internal sealed class HungarianMatcher(CriterionConfig config)
{
    /// <summary>
    /// The matches of every prediction's images. Costs of all predictions are computed on the device and read together; the assignments are found on the
    /// host.
    /// </summary>
    /// <param name="predictions">K predictions of B images.</param>
    /// <param name="targets">One for each image.</param>
    /// <param name="points">(K,B,P,2), of which those of images without targets are not used.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, a class does not exist, or a cost is not finite.</exception>
    public IReadOnlyList<IReadOnlyList<Match>> Match(
        IReadOnlyList<QueryPrediction> predictions, IReadOnlyList<MaskTargets> targets, ReadOnlySpan<float> points)
    {
        using ProfilerSpan span = Profiler.Module("matching");
        foreach (QueryPrediction prediction in predictions)
            Check(prediction, targets);
        using var scope = new TensorScope();
        int images = targets.Count;
        int[] occupied = [.. Enumerable.Range(0, images).Where(i => targets[i].Classes.Count > 0)];
        var matches = new List<Match[]>();
        foreach (QueryPrediction _ in predictions)
            matches.Add([.. targets.Select(_ => new Match([], []))]);
        if (occupied.Length == 0)
            return matches;

        Tensor shared = Tensor.FromArray(points, [predictions.Count * images, config.NumPoints, 2], predictions[0].MaskLogits.Device);
        var costs = new List<Tensor>();
        for (int k = 0; k < predictions.Count; k++)
            foreach (int i in occupied)
            {
                costs.Add(MaskCosts(predictions[k], i, targets[i], Ops.Narrow(shared, 0, k * images + i, 1)));
                costs.Add(Probabilities(predictions[k], i));
            }
        float[][] read = Tensor.ToArrays(costs);
        int next = 0;
        for (int k = 0; k < predictions.Count; k++)
            foreach (int i in occupied)
                matches[k][i] = Assign(read[next++], read[next++], targets[i]);
        return matches;
    }

    private static void Check(QueryPrediction prediction, IReadOnlyList<MaskTargets> targets)
    {
        int images = prediction.ClassLogits.Shape[0], classes = prediction.ClassLogits.Shape[2] - 1;
        if (targets.Count != images)
            throw new ArgumentException($"matching: {targets.Count} targets do not fit a batch of {images} images");
        for (int i = 0; i < images; i++)
        {
            (IReadOnlyList<int> wanted, Tensor masks) = targets[i];
            if (wanted.Count > 0 && (masks.Rank != 3 || masks.Shape[0] != wanted.Count))
                throw new ArgumentException($"matching: image {i} has {wanted.Count} targets, but its masks are {masks.Shape}");
            foreach (int c in wanted)
                if (c < 0 || c >= classes)
                    throw new ArgumentException($"matching: image {i} has a target of class {c} of {classes}");
        }
    }

    // The costs of an image's masks (N,M), those of classes not counted.
    private Tensor MaskCosts(QueryPrediction prediction, int image, MaskTargets targets, Tensor points)
    {
        using var scope = new TensorScope();
        Tensor masks = Ops.Detach(prediction.MaskLogits);
        Tensor logits = Ops.Reshape(Ops.Narrow(masks, 0, image, 1), masks.Shape[1], masks.Shape[2], masks.Shape[3]);
        return scope.Keep(PairCosts(PointSampling.SampleShared(logits, points), PointSampling.SampleShared(targets.Masks, points)));
    }

    // x (N,P) logits, t (M,P) labels → (N,M). The mean of softplus(x) − x·t over points is the BCE of a pair.
    private Tensor PairCosts(Tensor x, Tensor t)
    {
        Tensor p = Ops.Sigmoid(x);
        Tensor bce = Ops.Scale(Ops.Sub(Ops.Sum(Ops.Softplus(x), [1], keepDim: true), Ops.MatMul(x, t, transposeB: true)), 1f / x.Shape[1]);
        Tensor numerator = Ops.Affine(Ops.MatMul(p, t, transposeB: true), 2f, 1f);
        Tensor denominator = Ops.Affine(Ops.Add(Ops.Sum(p, [1], keepDim: true), Ops.Sum(t, [1])), 1f, 1f);
        Tensor dice = Ops.Affine(Ops.Div(numerator, denominator), -1f, 1f);
        return Ops.Add(Ops.Scale(bce, config.MaskWeight), Ops.Scale(dice, config.DiceWeight));
    }

    // The class probabilities of an image's queries (1,N,L+1).
    private static Tensor Probabilities(QueryPrediction prediction, int image) =>
        TensorScope.Run(() => Ops.Softmax(Ops.Narrow(Ops.Detach(prediction.ClassLogits), 0, image, 1)));

    private Match Assign(float[] maskCosts, float[] probabilities, MaskTargets targets)
    {
        int count = targets.Classes.Count, queries = maskCosts.Length / count, labels = probabilities.Length / queries;
        var costs = new double[maskCosts.Length];
        for (int q = 0; q < queries; q++)
            for (int t = 0; t < count; t++)
                costs[q * count + t] = maskCosts[q * count + t] - config.MatchingClassWeight * probabilities[q * labels + targets.Classes[t]];
        int[] targetOf = Assignment.Solve(costs, queries, count);
        int[] matched = [.. Enumerable.Range(0, queries).Where(q => targetOf[q] >= 0)];
        return new Match(matched, [.. matched.Select(q => targetOf[q])]);
    }
}
