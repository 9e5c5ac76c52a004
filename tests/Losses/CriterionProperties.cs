using FsCheck.Xunit;
using SspNative.Engine;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Tests.Support;

namespace SspNative.Tests.Losses;

[Properties(Arbitrary = [typeof(SceneGenerators)], MaxTest = 60)]
[LeakCheck]
public class CriterionProperties
{
    private const int Points = 64;

    private static readonly CriterionConfig _config = new() { NumPoints = Points };

    [Property]
    public bool LossesHaveTheirBounds(Scene scene)
    {
        using var scope = new TensorScope();
        PredictionLoss loss = Run(scene.Prediction(), scene.Targets()).Predictions[0];
        float crossEntropy = loss.CrossEntropy.Item(), mask = loss.Mask.Item(), dice = loss.Dice.Item();
        // Logits lie within ±3, so that no point can cost more than softplus(3) and no class more than 6 + ln(classes).
        return crossEntropy >= 0 && crossEntropy <= 6 + Math.Log(scene.Labels + 1) && mask is >= 0 and < 3.05f && dice is >= 0 and <= 1;
    }

    [Property]
    public bool EveryImageMatchesAsManyAsItCan(Scene scene)
    {
        using var scope = new TensorScope();
        IReadOnlyList<Match> matches = Run(scene.Prediction(), scene.Targets()).Predictions[0].Matches;
        return matches.Zip(scene.TargetCounts).All(p =>
            p.First.Queries.Count == Math.Min(scene.Queries, p.Second) && p.First.Queries.SequenceEqual(p.First.Queries.Distinct().Order())
            && p.First.Targets.Distinct().Count() == p.First.Targets.Count && p.First.Targets.All(t => t < p.Second));
    }

    [Property]
    public bool TheOrderOfQueriesDoesNotMatter(Scene scene)
    {
        using var scope = new TensorScope();
        int[] order = [.. Enumerable.Range(0, scene.Queries)];
        new System.Random(scene.Seed).Shuffle(order);
        PredictionLoss direct = Run(scene.Prediction(), scene.Targets()).Predictions[0];
        PredictionLoss shuffled = Run(scene.Prediction(order: order), scene.Targets()).Predictions[0];
        return SameLosses(direct, shuffled)
            && direct.Matches.Zip(shuffled.Matches).All(p => Pairs(p.First, q => q).SetEquals(Pairs(p.Second, q => order[q])));
    }

    [Property]
    public bool TheOrderOfTargetsDoesNotMatter(Scene scene)
    {
        using var scope = new TensorScope();
        return SameLosses(
            Run(scene.Prediction(), scene.Targets()).Predictions[0], Run(scene.Prediction(), scene.Targets(reversed: true)).Predictions[0]);
    }

    [Property]
    public bool TheTotalIsTheWeightedSumOverPredictions(Scene scene)
    {
        using var scope = new TensorScope();
        CriterionLoss loss = new SetCriterion(_config).Forward(
            [scene.Prediction(1), scene.Prediction(2), scene.Prediction(3)], scene.Targets(), new RepeatedPoints(Points / 4));
        double sum = loss.Predictions.Sum(p => 2.0 * p.CrossEntropy.Item() + 5.0 * p.Mask.Item() + 5.0 * p.Dice.Item());
        return Near(sum, loss.Total.Item()) && SameLosses(Run(scene.Prediction(1), scene.Targets()).Predictions[0], loss.Predictions[0]);
    }

    [Property]
    public bool GroundTruthAsPostMaskRepeatsTheMaskLoss(Scene scene)
    {
        using var scope = new TensorScope();
        MaskTargets[] targets = scene.Targets();
        SspLossParts loss = new SspLoss(_config).Forward(
            [scene.Prediction()], targets, [.. targets.Select(t => t.Masks)], new SplitMixPoints((ulong)scene.Seed));
        return loss.PostMask!.Item() == loss.Criterion.Predictions[^1].Mask.Item()
            && Near(loss.Criterion.Total.Item() + 10.0 * loss.PostMask.Item(), loss.Total.Item());
    }

    private static CriterionLoss Run(QueryPrediction prediction, MaskTargets[] targets) =>
        new SetCriterion(_config).Forward([prediction], targets, new RepeatedPoints(Points / 4));

    private static HashSet<(int, int)> Pairs(Match match, Func<int, int> query) => [.. match.Queries.Select(query).Zip(match.Targets)];

    private static bool SameLosses(PredictionLoss a, PredictionLoss b) =>
        Near(a.CrossEntropy.Item(), b.CrossEntropy.Item()) && Near(a.Mask.Item(), b.Mask.Item()) && Near(a.Dice.Item(), b.Dice.Item());

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a));
}
