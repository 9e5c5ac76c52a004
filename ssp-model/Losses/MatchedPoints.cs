namespace SspNative.Model.Losses;

/// <summary>
/// The R matched masks of a batch at the points where they are compared with their targets, image by image and by ascending
/// query. The sums over masks are divided by the number of targets of the batch.
/// </summary>
public sealed class MatchedPoints
{
    private readonly IReadOnlyList<Match> _matches;
    private readonly Tensor _coordinates;
    private readonly float _masksPerTarget;

    private MatchedPoints(IReadOnlyList<Match> matches, Tensor coordinates, Tensor logits, int targets)
    {
        _matches = matches;
        _coordinates = coordinates;
        Logits = logits;
        _masksPerTarget = (float)logits.Shape[0] / targets;
    }

    /// <summary>(R,P); the gradient goes on to the mask logits.</summary>
    public Tensor Logits { get; }

    internal IEnumerable<Tensor> Tensors => [Logits, _coordinates];

    /// <summary>Chooses the points of all matched masks, of logits (B,N,h,w). At least one mask must be matched.</summary>
    public static MatchedPoints Sample(
        Tensor maskLogits, IReadOnlyList<Match> matches, int targets, CriterionConfig config, IPointSource random)
    {
        using var scope = new TensorScope();
        int queries = maskLogits.Shape[1];
        Tensor planes = Ops.Reshape(maskLogits, -1, maskLogits.Shape[2], maskLogits.Shape[3]);
        Tensor matched = Rows(planes, matches.SelectMany((m, image) => m.Queries.Select(q => (long)image * queries + q)));
        Tensor coordinates = scope.Keep(PointSampling.UncertainPoints(matched, config, random));
        return new MatchedPoints(matches, coordinates, scope.Keep(PointSampling.Sample(matched, coordinates)), targets);
    }

    /// <summary>The values (R,P) of maps given for every target, (M,H,W) an image, at the points of its query.</summary>
    public Tensor Labels(IReadOnlyList<Tensor> maps)
    {
        using var scope = new TensorScope();
        var rows = new List<long>();
        long first = 0;
        for (int image = 0; image < maps.Count; image++)
        {
            foreach (int target in _matches[image].Targets)
                rows.Add(first + target);
            first += maps[image].Shape[0];
        }
        Tensor all = Ops.Concat([.. maps.Where(m => m.Shape[0] > 0)], 0);
        return scope.Keep(PointSampling.Sample(Rows(all, rows), _coordinates));
    }

    /// <summary>Binary cross entropy with labels (R,P): mean over points, sum over masks, divided by the number of targets.</summary>
    public Tensor BinaryCrossEntropy(Tensor labels) => Ops.Scale(Ops.BceWithLogits(Logits, labels), _masksPerTarget);

    /// <summary>Dice loss with labels (R,P): sum over masks, divided by the number of targets.</summary>
    public Tensor Dice(Tensor labels) => Ops.Scale(Ops.DiceLoss(Logits, labels), _masksPerTarget);

    // Some of the maps (K,H,W), in the order of the indices: (R,H,W).
    private static Tensor Rows(Tensor maps, IEnumerable<long> indices)
    {
        long[] rows = [.. indices];
        Tensor index = Tensor.FromArray(rows, [rows.Length], maps.Device);
        return Ops.Reshape(Ops.Embedding(index, Ops.Reshape(maps, maps.Shape[0], -1)), rows.Length, maps.Shape[1], maps.Shape[2]);
    }
}
