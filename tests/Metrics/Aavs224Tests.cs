using SspNative.Model.Media;
using SspNative.Model.Metrics;
using Xunit;

namespace SspNative.Tests.Metrics;

public sealed class Aavs224Tests
{
    [Fact]
    public void TheLargerScoreWinsAndTheBackgroundWhereTheyAreEqual()
    {
        BinaryFrameScore score = Aavs224.Score([0.5f, 0.2f, 0.3f, 0.3f, 0.5f, 0.6f, 0.2f, 0.45f], [0, 1, 0, 1]);
        Assert.Equal(1, score.Iou);
        Assert.Equal(1, score.Curve!.Max(), 12);
    }

    [Fact]
    public void AFrameWithoutSoundCountsByWhatIsNotMarkedAndNotInF()
    {
        BinaryFrameScore score = Aavs224.Score([0, 0, 0, 1, 1, 1, 1, 0], [0, 0, 0, 0]);
        Assert.Equal(0.25, score.Iou);
        Assert.Null(score.Curve);
    }

    [Fact]
    public void ATruthOfTheSameSizeStaysAsItIs()
    {
        var labels = new LabelMap(224, 224);
        for (int i = 0; i < labels.Labels.Length; i++)
            labels.Labels[i] = (byte)(i * 7 % 71);
        Assert.Equal(labels.Labels.Select(l => (byte)(l != 0 ? 1 : 0)), Aavs224.Truth(labels));
    }

    // OpenCV reads two pixels a side: of four times as many, the middle two, so that one of them suffices.
    [Fact]
    public void ASmallerTruthSoundsWhereOneOfTheMiddlePixelsDoes()
    {
        var labels = new LabelMap(896, 896);
        (int X, int Y)[] places = [(4 * 10 + 1, 4 * 20 + 2), (4 * 30, 4 * 20), (4 * 50 + 3, 4 * 20 + 1), (4 * 60 + 2, 4 * 20 + 1)];
        foreach ((int x, int y) in places)
            labels.Labels[y * 896 + x] = 36;
        byte[] truth = Aavs224.Truth(labels);
        Assert.Equal([20 * 224 + 10, 20 * 224 + 60], Enumerable.Range(0, truth.Length).Where(i => truth[i] != 0));
    }
}
