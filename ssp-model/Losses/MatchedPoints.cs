using SspNative.Model.Decoder;

namespace SspNative.Model.Losses;

/// <summary>
/// The R matched masks of a batch at the points where they are compared with their targets, image by image and by ascending
/// query. The sums over masks are divided by the number of targets of the batch.
/// </summary>
public sealed class MatchedPoints
{
    private readonly Tensor _coordinates;
    private readonly Tensor _targets;
    private readonly float _masksPerTarget;

    private MatchedPoints(Tensor logits, Tensor coordinates, Tensor targets, int targetCount)
    {
        Logits = logits;
        _coordinates = coordinates;
        _targets = targets;
        _masksPerTarget = (float)logits.Shape[0] / targetCount;
    }

    /// <summary>(R,P); the gradient goes on to the mask logits.</summary>
    public Tensor Logits { get; }

    internal IEnumerable<Tensor> Tensors => [Logits, _coordinates, _targets];

    /// <summary>
    /// Chooses the points of the matched masks of every prediction. The masks are read at the candidates all together; what is chosen on the host
    /// reaches the device together.
    /// </summary>
    /// <param name="predictions">Of mask logits (B,N,h,w).</param>
    /// <param name="matches">Those of each prediction, at least one in all.</param>
    /// <param name="targets">The number of targets of each image.</param>
    /// <param name="config">How many points.</param>
    /// <param name="random">Candidates and uniform points.</param>
    internal static MatchedPoints[] Sample(
        IReadOnlyList<QueryPrediction> predictions, IReadOnlyList<IReadOnlyList<Match>> matches, IReadOnlyList<int> targets, CriterionConfig config,
        RandomPoints random)
    {
        using ProfilerSpan span = Profiler.Module("points");
        using var scope = new TensorScope();
        IDevice device = predictions[0].MaskLogits.Device;
        Tensor[] matched = [.. predictions.Zip(matches, MatchedMasks)];
        int count = predictions.Count, masks = matched[0].Shape[0];
        Tensor candidates = Tensor.FromArray(random.Candidates, [count * masks, config.CandidatePoints, 2], device);
        float[] logits = TensorScope.Run(() => Ops.Concat([.. matched.Select((m, k) => PointSampling.Sample(Ops.Detach(m), Of(candidates, k)))], 0)).ToArray();
        Tensor chosen = Tensor.FromArray(
            PointSampling.UncertainPoints(random.Candidates, logits, random.Uniform, config), [count * masks, config.NumPoints, 2], device);
        var points = new MatchedPoints[count];
        for (int k = 0; k < count; k++)
        {
            Tensor coordinates = Of(chosen, k);
            points[k] = new MatchedPoints(PointSampling.Sample(matched[k], coordinates), coordinates, Targets(matches[k], targets, device), targets.Sum());
            scope.Keep(points[k].Tensors);
        }
        return points;

        Tensor Of(Tensor all, int prediction) => Ops.Narrow(all, 0, prediction * masks, masks);
    }

    /// <summary>The values (R,P) of maps given for every target, (M,H,W) an image, at the points of its query.</summary>
    public Tensor Labels(IReadOnlyList<Tensor> maps)
    {
        using var scope = new TensorScope();
        Tensor all = Ops.Concat([.. maps.Where(m => m.Shape[0] > 0)], 0);
        return scope.Keep(PointSampling.Sample(Rows(all, _targets), _coordinates));
    }

    /// <summary>Binary cross entropy with labels (R,P): mean over points, sum over masks, divided by the number of targets.</summary>
    public Tensor BinaryCrossEntropy(Tensor labels) => Ops.Scale(Ops.BceWithLogits(Logits, labels), _masksPerTarget);

    /// <summary>Dice loss with labels (R,P): sum over masks, divided by the number of targets.</summary>
    public Tensor Dice(Tensor labels) => Ops.Scale(Ops.DiceLoss(Logits, labels), _masksPerTarget);

    // The masks (R,h,w) of the matched queries.
    private static Tensor MatchedMasks(QueryPrediction prediction, IReadOnlyList<Match> matches)
    {
        Tensor logits = prediction.MaskLogits;
        int queries = logits.Shape[1];
        Tensor planes = Ops.Reshape(logits, -1, logits.Shape[2], logits.Shape[3]);
        return Rows(planes, Indices(matches.SelectMany((m, image) => m.Queries.Select(q => (long)image * queries + q)), logits.Device));
    }

    // Where the matched targets (R) lie among those of all images.
    private static Tensor Targets(IReadOnlyList<Match> matches, IReadOnlyList<int> targets, IDevice device)
    {
        var rows = new List<long>();
        long first = 0;
        for (int image = 0; image < matches.Count; first += targets[image++])
            foreach (int target in matches[image].Targets)
                rows.Add(first + target);
        return Indices(rows, device);
    }

    private static Tensor Indices(IEnumerable<long> indices, IDevice device)
    {
        long[] rows = [.. indices];
        return Tensor.FromArray(rows, [rows.Length], device);
    }

    // Some of the maps (K,H,W), in the order of the indices: (R,H,W).
    private static Tensor Rows(Tensor maps, Tensor indices) => Ops.Reshape(
        Ops.Embedding(indices, Ops.Reshape(maps, maps.Shape[0], -1)), indices.Shape[0], maps.Shape[1], maps.Shape[2]);
}
