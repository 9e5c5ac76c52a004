using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Metrics;
using SspNative.Tests.Losses;
using Xunit;

namespace SspNative.Tests.Metrics;

/// <summary>Frames of a few pixels of five classes, predicted and true.</summary>
public sealed record LabelledFrames((byte[] Predicted, byte[] Target)[] Frames)
{
    public const int Classes = 5;

    public override string ToString() => string.Join("; ", Frames.Select(f => $"{string.Concat(f.Predicted)} / {string.Concat(f.Target)}"));
}

public static class LabelledFramesGenerators
{
    public static Arbitrary<LabelledFrames> All()
    {
        Gen<byte[]> Labels(int pixels, int classes) =>
            Gen.ArrayOf(Gen.Choose(0, classes - 1), pixels).Select(labels => labels.Select(l => (byte)l).ToArray());
        return Arb.From(
            from count in Gen.Choose(1, 5)
            from pixels in Gen.Choose(1, 12)
            from classes in Gen.Choose(1, LabelledFrames.Classes)
            from predicted in Gen.ArrayOf(Labels(pixels, classes), count)
            from target in Gen.ArrayOf(Labels(pixels, classes), count)
            select new LabelledFrames([.. predicted.Zip(target)]),
            f => f.Frames.Length > 1 ? [new LabelledFrames(f.Frames[1..]), new LabelledFrames(f.Frames[..^1])] : []);
    }
}

[Properties(Arbitrary = [typeof(LabelledFramesGenerators)])]
public class SemanticMetricsTests
{
    [Fact]
    public void TheFiguresAreThoseOfAvsBench()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "reference", "metrics", "avss-semantic.safetensors");
        CaseResult result = CaseRunner.Run(path, Scene.Device);
        Assert.Null(result.Failure);
        Assert.Equal(JudgementLevel.AsGoodAsPyTorch, result.Level);
    }

    [Fact]
    public void OneStrayPixelAddsAZeroToItsClass()
    {
        (byte[], byte[]) right = ([0, 0, 2, 2], [0, 0, 2, 2]), stray = ([0, 0, 0, 2], [0, 0, 0, 0]);
        AvssSemanticReport report = Semantic([right, stray]);
        Assert.Equal(new FrameClassScore(1, 1, 2), report.Classes[2]);
        Assert.Equal((1 + 0.75) / 2, report.Classes[0].Iou, 1e-12);
        Assert.Equal((0.875 + 0.5) / 5, report.MeanIou, 1e-12);
        Assert.Equal(0.5 / 4, report.MeanIouWithoutBackground, 1e-12);
        // Over the whole split the same pixel costs little.
        Assert.Equal(2.0 / 3, Global([right, stray]).Classes[2].Iou, 1e-12);
    }

    [Theory]
    [InlineData("0000", "0000", 1, 0)] // silence, rightly
    [InlineData("1111", "1111", 0, 1)]
    [InlineData("1111", "0000", 0, 0)]
    [InlineData("0100", "0100", 1, 1)]
    [InlineData("0", "0", 1, 0)]
    public void DegenerateFrames(string predicted, string target, double background, double first)
    {
        IReadOnlyList<FrameClassScore> classes = Semantic([(Labels(predicted), Labels(target))]).Classes;
        Assert.Equal(background, classes[0].Iou);
        Assert.Equal(first, classes[1].Iou);
        Assert.Equal(first, classes[1].FScore);
        Assert.Equal(new FrameClassScore(0, 0, 0), classes[4]);
        Assert.Equal(0, classes[4].Iou);
    }

    [Fact]
    public void TheGlobalMeanSkipsClassesNeverSeen()
    {
        GlobalReport report = Global([([0, 0, 1, 1], [0, 0, 0, 1])]);
        Assert.Equal(2, report.ClassesSeen);
        Assert.Equal((2.0 / 3 + 0.5) / 2, report.MeanIou, 1e-12);
        Assert.Equal(0.75, report.PixelAccuracy);
        Assert.StartsWith("global (2 of 5 classes seen)", report.ToString());
    }

    [Fact]
    public void UnusableFramesAreErrors()
    {
        Assert.Throws<InvalidOperationException>(() => new AvssSemanticMetrics(3).Report());
        Assert.Throws<InvalidOperationException>(() => new GlobalConfusion(3).Report());
        Assert.Throws<ArgumentException>(() => new AvssSemanticMetrics(3).AddFrame([], []));
        Assert.Throws<ArgumentException>(() => new AvssSemanticMetrics(3).AddFrame([1], [1, 2]));
        Assert.Contains("class 3 of 3", Assert.Throws<ArgumentException>(() => new AvssSemanticMetrics(3).AddFrame([0], [3])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AvssSemanticMetrics(1));
    }

    [Property]
    public bool PixelsMayBePermuted(LabelledFrames f, int seed)
    {
        int[] order = [.. Enumerable.Range(0, f.Frames[0].Target.Length)];
        new System.Random(seed).Shuffle(order);
        (byte[], byte[])[] permuted =
            [.. f.Frames.Select(x => (order.Select(i => x.Predicted[i]).ToArray(), order.Select(i => x.Target[i]).ToArray()))];
        return Same(Semantic(f.Frames), Semantic(permuted)) && Global(f.Frames).Classes.SequenceEqual(Global(permuted).Classes);
    }

    [Property]
    public bool FramesMayBeReordered(LabelledFrames f)
    {
        (byte[], byte[])[] reversed = [.. f.Frames.Reverse()];
        return Same(Semantic(f.Frames), Semantic(reversed)) && Global(f.Frames).Classes.SequenceEqual(Global(reversed).Classes);
    }

    [Property]
    public bool IouIsSymmetricInPredictionAndTarget(LabelledFrames f)
    {
        (byte[], byte[])[] swapped = [.. f.Frames.Select(x => (x.Target, x.Predicted))];
        return Semantic(f.Frames).Classes.Zip(Semantic(swapped).Classes).All(p =>
            p.First.Iou == p.Second.Iou && p.First.Frames == p.Second.Frames);
    }

    [Property]
    public bool AFramesOwnTargetIsRight(LabelledFrames f) =>
        Semantic([.. f.Frames.Select(x => (x.Target, x.Target))]).Classes.All(c => c.IouSum == c.Frames && c.FScoreSum == c.Frames);

    [Property]
    public bool ForOneFrameBothProtocolsAgreeOnEveryClass(LabelledFrames f)
    {
        (byte[], byte[])[] first = f.Frames[..1];
        return Semantic(first).Classes.Zip(Global(first).Classes).All(p =>
            p.First.Iou == p.Second.Iou && p.First.FScore == p.Second.FScore);
    }

    [Property]
    public bool ScoresLieBetweenZeroAndOne(LabelledFrames f)
    {
        AvssSemanticReport semantic = Semantic(f.Frames);
        GlobalReport global = Global(f.Frames);
        return new[] { semantic.MeanIou, semantic.FScore, global.MeanIou, global.FScore, global.PixelAccuracy }.All(v => v is >= 0 and <= 1);
    }

    private static AvssSemanticReport Semantic((byte[] Predicted, byte[] Target)[] frames)
    {
        var metrics = new AvssSemanticMetrics(LabelledFrames.Classes);
        foreach ((byte[] predicted, byte[] target) in frames)
            metrics.AddFrame(predicted, target);
        return metrics.Report();
    }

    private static GlobalReport Global((byte[] Predicted, byte[] Target)[] frames)
    {
        var confusion = new GlobalConfusion(LabelledFrames.Classes);
        foreach ((byte[] predicted, byte[] target) in frames)
            confusion.AddFrame(predicted, target);
        return confusion.Report();
    }

    private static bool Same(AvssSemanticReport a, AvssSemanticReport b) => a.Classes.Zip(b.Classes).All(p =>
        p.First.Frames == p.Second.Frames && Math.Abs(p.First.IouSum - p.Second.IouSum) < 1e-12
        && Math.Abs(p.First.FScoreSum - p.Second.FScoreSum) < 1e-12);

    private static byte[] Labels(string labels) => [.. labels.Select(c => (byte)(c - '0'))];
}
