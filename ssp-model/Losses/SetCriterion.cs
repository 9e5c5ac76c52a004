using SspNative.Model.Decoder;

namespace SspNative.Model.Losses;

/// <summary>The losses of one prediction, scalars without weights.</summary>
/// <param name="CrossEntropy">L_cls: cross entropy of all queries, those without a target belonging to the null class.</param>
/// <param name="Mask">L_mask: binary cross entropy of the matched masks.</param>
/// <param name="Dice">L_dice of the matched masks.</param>
/// <param name="Matches">The pairs of each image.</param>
/// <param name="Points">The matched masks at their points, or null when nothing in the batch is matched.</param>
public sealed record PredictionLoss(
    Tensor CrossEntropy, Tensor Mask, Tensor Dice, IReadOnlyList<Match> Matches, MatchedPoints? Points)
{
    internal IEnumerable<Tensor> Tensors => [CrossEntropy, Mask, Dice, .. Points?.Tensors ?? []];
}

/// <summary>The losses of all predictions.</summary>
/// <param name="Total">Σ over predictions of w_cls·L_cls + w_mask·L_mask + w_dice·L_dice.</param>
/// <param name="Predictions">One for each prediction, in their order.</param>
public sealed record CriterionLoss(Tensor Total, IReadOnlyList<PredictionLoss> Predictions)
{
    internal IEnumerable<Tensor> Tensors => [Total, .. Predictions.SelectMany(p => p.Tensors)];
}

/// <summary>
/// Mask2Former's set criterion, L_AVS of the paper (§4.4): every prediction of the decoder is matched with the targets anew and
/// pays for its classes and for the masks of its matched queries. As in transformers 4.35.
/// </summary>
/// <param name="config">Weights of the terms, and how many points are compared.</param>
/// <param name="classWeights">
/// Weights of all classes in the cross entropy, the null class last, which checkpoints of PyTorch have as <c>criterion.empty_weight</c>; null: 1 each,
/// and <see cref="CriterionConfig.NoObjectWeight"/> for the null class.
/// </param>
public sealed class SetCriterion(CriterionConfig config, float[]? classWeights = null)
{
    private readonly HungarianMatcher _matcher = new(config);

    /// <param name="predictions">All predictions of the decoder, the last one being the result.</param>
    /// <param name="targets">One for each image.</param>
    /// <param name="random">
    /// Gives, for the last prediction and then for the others in order: the matcher's points of each image, the candidates and
    /// the uniform points of the matched masks.
    /// </param>
    /// <remarks>Waits for the device twice: for the matching costs of all predictions, and for their masks at the candidates.</remarks>
    public CriterionLoss Forward(IReadOnlyList<QueryPrediction> predictions, IReadOnlyList<MaskTargets> targets, IPointSource random)
    {
        using var scope = new TensorScope();
        int[] counts = [.. targets.Select(t => t.Classes.Count)];
        int masks = Masks(predictions[0].MaskLogits.Shape[1], counts);
        RandomPoints points = RandomPoints.Draw(predictions.Count, targets.Count, masks, config, random);
        IReadOnlyList<IReadOnlyList<Match>> matches = _matcher.Match(predictions, targets, points.Matching);
        MatchedPoints[]? matched = masks == 0 ? null : MatchedPoints.Sample(predictions, matches, counts, config, points);
        Tensor weights = ClassWeights(predictions[0].ClassLogits);
        PredictionLoss[] losses = [.. predictions.Select((p, k) => Loss(p, targets, matches[k], matched?[k], weights))];
        Tensor total = losses.Select(Weighted).Aggregate(Ops.Add);
        var result = new CriterionLoss(total, losses);
        scope.Keep(result.Tensors);
        return result;
    }

    /// <summary>How many numbers <see cref="Forward"/> will draw.</summary>
    /// <param name="predictions">How many predictions there will be.</param>
    /// <param name="queries">Queries of each.</param>
    /// <param name="counts">Targets of each image.</param>
    public long Draws(int predictions, int queries, IReadOnlyList<int> counts) => RandomPoints.Draws(predictions, counts.Count, Masks(queries, counts), config);

    // A query at most for each target.
    private static int Masks(int queries, IReadOnlyList<int> counts) => counts.Sum(count => Math.Min(queries, count));

    private Tensor Weighted(PredictionLoss loss) => Ops.Add(
        Ops.Scale(loss.CrossEntropy, config.ClassWeight),
        Ops.Add(Ops.Scale(loss.Mask, config.MaskWeight), Ops.Scale(loss.Dice, config.DiceWeight)));

    private static PredictionLoss Loss(
        QueryPrediction prediction, IReadOnlyList<MaskTargets> targets, IReadOnlyList<Match> matches, MatchedPoints? points, Tensor weights)
    {
        Tensor crossEntropy = ClassLoss(prediction.ClassLogits, targets, matches, weights);
        if (points is null)
        {
            IDevice device = prediction.MaskLogits.Device;
            return new PredictionLoss(crossEntropy, Tensor.Zeros([], device), Tensor.Zeros([], device), matches, null);
        }
        Tensor labels = points.Labels([.. targets.Select(t => t.Masks)]);
        return new PredictionLoss(crossEntropy, points.BinaryCrossEntropy(labels), points.Dice(labels), matches, points);
    }

    // Class logits (B,N,L+1): the weighted mean over all queries of the batch.
    private static Tensor ClassLoss(Tensor logits, IReadOnlyList<MaskTargets> targets, IReadOnlyList<Match> matches, Tensor weights)
    {
        int queries = logits.Shape[1], labels = logits.Shape[2];
        long[] classes = new long[logits.Shape[0] * queries];
        Array.Fill(classes, labels - 1);
        for (int image = 0; image < matches.Count; image++)
            foreach ((int query, int target) in matches[image].Queries.Zip(matches[image].Targets))
                classes[image * queries + query] = targets[image].Classes[target];
        return Ops.CrossEntropy(Ops.Reshape(logits, -1, labels), Tensor.FromArray(classes, [classes.Length], logits.Device), weights);
    }

    // (L+1): the null class, which comes last, weighs less.
    private Tensor ClassWeights(Tensor logits)
    {
        if (classWeights is not null)
            return Tensor.FromArray(classWeights, [logits.Shape[2]], logits.Device);
        float[] weights = new float[logits.Shape[2]];
        Array.Fill(weights, 1f);
        weights[^1] = config.NoObjectWeight;
        return Tensor.FromArray(weights, [weights.Length], logits.Device);
    }
}
