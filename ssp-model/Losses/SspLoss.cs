using SspNative.Model.Decoder;

namespace SspNative.Model.Losses;

/// <summary>The loss of SSP and its parts.</summary>
/// <param name="Total">L.</param>
/// <param name="Criterion">L_AVS and its parts.</param>
/// <param name="PostMask">L'_mask, a scalar; null without post-masks.</param>
public sealed record SspLossParts(Tensor Total, CriterionLoss Criterion, Tensor? PostMask);

/// <summary>
/// Equation (5): L = L_AVS + λ'·L'_mask. L'_mask is the binary cross entropy of the last prediction's matched queries against
/// M_Post in place of their mask labels. The paper does not say where it is taken: here at the points and with the
/// normalisation of L_mask, so that M_Post = M_GT makes it equal to L_mask.
/// </summary>
internal sealed class SspLoss(CriterionConfig config)
{
    private readonly SetCriterion _criterion = new(config);

    /// <summary>λ'.</summary>
    public float PostMaskWeight { get; init; } = 10f;

    /// <param name="predictions">All predictions of the decoder.</param>
    /// <param name="targets">One for each image.</param>
    /// <param name="postMasks">M_Post for every target, (M,H,W) an image like the targets' masks; null leaves L'_mask out.</param>
    /// <param name="random">As <see cref="SetCriterion.Forward"/> takes it.</param>
    public SspLossParts Forward(
        IReadOnlyList<QueryPrediction> predictions, IReadOnlyList<MaskTargets> targets, IReadOnlyList<Tensor>? postMasks,
        IPointSource random)
    {
        using ProfilerSpan span = Profiler.Module("loss");
        using var scope = new TensorScope();
        CriterionLoss criterion = _criterion.Forward(predictions, targets, random);
        Tensor? postMask = postMasks is null ? null : PostMaskLoss(criterion.Predictions[^1], targets, postMasks);
        Tensor total = postMask is null ? criterion.Total : Ops.Add(criterion.Total, Ops.Scale(postMask, PostMaskWeight));
        scope.Keep(criterion.Tensors);
        if (postMask is not null)
            scope.Keep(postMask);
        return new SspLossParts(scope.Keep(total), criterion, postMask);
    }

    /// <summary>How many numbers <see cref="Forward"/> will draw; as <see cref="SetCriterion.Draws"/>.</summary>
    public long Draws(int predictions, int queries, IReadOnlyList<int> counts) => _criterion.Draws(predictions, queries, counts);

    private static Tensor PostMaskLoss(PredictionLoss last, IReadOnlyList<MaskTargets> targets, IReadOnlyList<Tensor> postMasks)
    {
        if (postMasks.Count != targets.Count)
            throw new ArgumentException($"post-mask loss: there are {targets.Count} images but {postMasks.Count} post-masks");
        for (int i = 0; i < targets.Count; i++)
            if (postMasks[i].Shape != targets[i].Masks.Shape)
                throw new ArgumentException(
                    $"post-mask loss: image {i} has masks {targets[i].Masks.Shape} but post-masks {postMasks[i].Shape}");
        return last.Points is { } points
            ? points.BinaryCrossEntropy(points.Labels(postMasks))
            : Tensor.Zeros([], last.Mask.Device);
    }
}
