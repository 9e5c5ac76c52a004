using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Metrics;
using SspNative.Tests.Losses;
using Xunit;

namespace SspNative.Tests.Metrics;

/// <summary>Videos of one to three frames of a few pixels; scores are multiples of 1/16.</summary>
public sealed record ScoredVideos(int Pixels, (float[] Scores, byte[] Target)[][] Videos)
{
    public override string ToString() => string.Join(" | ", Videos.Select(v => string.Join("; ", v.Select(f =>
        $"{string.Join(' ', f.Scores)} / {string.Concat(f.Target)}"))));
}

public static class ScoredVideosGenerators
{
    public static Arbitrary<ScoredVideos> All()
    {
        Gen<(float[], byte[])> Frames(int pixels) =>
            from scores in Gen.ArrayOf(Gen.Choose(0, 16), pixels)
            from density in Gen.Choose(0, 4)
            from bits in Gen.ArrayOf(Gen.Choose(0, 3), pixels)
            select (scores.Select(s => s / 16f).ToArray(), bits.Select(b => b < density ? (byte)1 : (byte)0).ToArray());
        return Arb.From(
            from pixels in Gen.Choose(1, 12)
            from count in Gen.Choose(1, 6)
            from videos in Gen.ArrayOf(Gen.Choose(1, 3).SelectMany(n => Gen.ArrayOf(Frames(pixels), n)), count)
            select new ScoredVideos(pixels, videos),
            v => v.Videos.Length > 1 ? [v with { Videos = v.Videos[1..] }, v with { Videos = v.Videos[..^1] }] : []);
    }
}

[Properties(Arbitrary = [typeof(ScoredVideosGenerators)])]
public class AvsBinaryMetricsTests
{
    [Fact]
    public void TheFiguresAreThoseOfAvsBench()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "reference", "metrics", "avs-binary.safetensors");
        CaseResult result = CaseRunner.Run(path, Scene.Device);
        Assert.Null(result.Failure);
        Assert.Equal(JudgementLevel.AsGoodAsPyTorch, result.Level);
    }

    [Theory]
    [InlineData("1111", "1111", 1, 1)] // all full
    [InlineData("0000", "0000", 1, 0)] // all empty: the background is right, and there is nothing to measure F on
    [InlineData("1111", "0000", 0, 0)]
    [InlineData("1100", "0000", 0.5, 0)] // an empty target scores the background
    [InlineData("0000", "1111", 0, 1)] // at threshold 0 everything is predicted
    [InlineData("0100", "0100", 1, 1)] // a single pixel
    [InlineData("0100", "0010", 0, 1.3 * 0.25 / (0.3 * 0.25 + 1))] // missed: the best is to predict everything
    [InlineData("1", "1", 1, 1)]
    public void DegenerateMasks(string mask, string target, double iou, double f)
    {
        AvsBinaryReport report = Report(AvsProtocol.AvsBench, [[([.. mask.Select(c => (float)(c - '0'))], Bits(target))]], mask.Length);
        Assert.Equal(iou, report.MeanIou, 1e-12);
        Assert.Equal(f, report.FScore, 1e-12);
    }

    [Fact]
    public void FDependsOnTheBatchAndIouDoesNot()
    {
        // Each video is perfect at a threshold of its own, but no threshold suits both.
        (float[], byte[])[] dark = [([0.2f, 0.1f, 0.1f, 0.1f], Bits("1000"))], bright = [([0.9f, 0.8f, 0.8f, 0.8f], Bits("1000"))];
        AvsBinaryReport one = Report(AvsProtocol.Aavs, [dark, bright], 4), four = Report(AvsProtocol.AvsBench, [dark, bright], 4);
        Assert.Equal(1, one.FScore, 1e-12);
        // At 0.2 the first video is perfect and all of the second is predicted: (1 + F(¼,1))/2.
        Assert.Equal((1 + 1.3 * 0.25 / (0.3 * 0.25 + 1)) / 2, four.FScore, 1e-12);
        Assert.Equal(one.MeanIou, four.MeanIou);
        Assert.StartsWith("avsbench (binary, videos a batch: 4): mIoU", four.ToString());
    }

    [Fact]
    public void AShortLastBatchWeighsLikeAFullOne()
    {
        (float[], byte[])[] right = [([1f], [1])], wrong = [([0f], [1])];
        Assert.Equal(0.5, Report(new AvsProtocol("two", 2), [right, right, wrong], 1).MeanIou);
        Assert.Equal(2.0 / 3, Report(AvsProtocol.AvsBench, [right, right, wrong], 1).MeanIou, 1e-12);
    }

    [Fact]
    public void MasksMayBeOtherThanScoresAboveOneHalf()
    {
        var metrics = new AvsBinaryMetrics(AvsProtocol.Aavs);
        metrics.AddVideo([1, 0], [0.3f, 0.2f], [1, 0], 2);
        Assert.Equal(new AvsBinaryReport(AvsProtocol.Aavs, 1, 1, 1, 1), metrics.Report());
    }

    [Fact]
    public void NothingToReportAndNoVideoAreErrors()
    {
        var metrics = new AvsBinaryMetrics(AvsProtocol.AvsBench);
        Assert.Throws<InvalidOperationException>(() => metrics.Report());
        Assert.Throws<ArgumentException>(() => metrics.AddVideo([], [], 4));
        Assert.Contains("frames of 2 pixels", Assert.Throws<ArgumentException>(() => metrics.AddVideo([1f, 1f, 1f], [1, 1, 1], 2)).Message);
    }

    [Property]
    public bool ScoresLieBetweenZeroAndOne(ScoredVideos v)
    {
        AvsBinaryReport report = Report(AvsProtocol.AvsBench, v.Videos, v.Pixels);
        return report.MeanIou is >= 0 and <= 1 && report.FScore is >= 0 and <= 1
            && report.Videos == v.Videos.Length && report.Frames == v.Videos.Sum(x => x.Length);
    }

    [Property]
    public bool PixelsMayBePermuted(ScoredVideos v, int seed)
    {
        int[] order = [.. Enumerable.Range(0, v.Pixels)];
        new System.Random(seed).Shuffle(order);
        (float[], byte[])[][] permuted =
        [
            .. v.Videos.Select(video => video.Select(f => (
                order.Select(i => f.Scores[i]).ToArray(), order.Select(i => f.Target[i]).ToArray())).ToArray()),
        ];
        return Same(Report(AvsProtocol.AvsBench, v.Videos, v.Pixels), Report(AvsProtocol.AvsBench, permuted, v.Pixels));
    }

    [Property]
    public bool FramesMayBeReorderedWithinABatch(ScoredVideos v)
    {
        var all = new AvsProtocol("all", v.Videos.Length);
        (float[], byte[])[][] reversed = [.. v.Videos.Reverse().Select(video => video.Reverse().ToArray())];
        return Same(Report(all, v.Videos, v.Pixels), Report(all, reversed, v.Pixels));
    }

    [Property]
    public bool ALargerBatchNeverRaisesF(ScoredVideos v)
    {
        // Only with equally many frames with a target in every video do the weights agree.
        (float[], byte[])[][] single = [.. v.Videos.Select(video => video[..1]).Where(video => video[0].Target.Contains((byte)1))];
        return single.Length == 0
            || Report(new AvsProtocol("all", single.Length), single, v.Pixels).FScore
                <= Report(AvsProtocol.Aavs, single, v.Pixels).FScore + 1e-12;
    }

    [Property]
    public bool ScoresThatAreTheTargetAreRight(ScoredVideos v)
    {
        (float[], byte[])[][] perfect =
            [.. v.Videos.Select(video => video.Select(f => (f.Target.Select(t => (float)t).ToArray(), f.Target)).ToArray())];
        AvsBinaryReport report = Report(AvsProtocol.Aavs, perfect, v.Pixels);
        double withTarget = v.Videos.Count(video => video.Any(f => f.Target.Contains((byte)1)));
        return report.MeanIou == 1 && Math.Abs(report.FScore - withTarget / v.Videos.Length) < 1e-12;
    }

    private static AvsBinaryReport Report(AvsProtocol protocol, (float[] Scores, byte[] Target)[][] videos, int pixels)
    {
        var metrics = new AvsBinaryMetrics(protocol);
        foreach ((float[] Scores, byte[] Target)[] video in videos)
            metrics.AddVideo([.. video.SelectMany(f => f.Scores)], [.. video.SelectMany(f => f.Target)], pixels);
        return metrics.Report();
    }

    private static bool Same(AvsBinaryReport a, AvsBinaryReport b) =>
        Math.Abs(a.MeanIou - b.MeanIou) < 1e-12 && Math.Abs(a.FScore - b.FScore) < 1e-12;

    private static byte[] Bits(string bits) => [.. bits.Select(c => (byte)(c - '0'))];
}
