using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Losses;
using Xunit;

namespace SspNative.Tests.Losses;

public class PointSamplingTests
{
    private static readonly IDevice _device = Scene.Device;

    [Fact]
    public void PixelCentresAreExactAndTheRestIsBilinear()
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.FromArray([1f, 2f, 3f, 5f], [1, 2, 2], _device);
        Tensor points = Tensor.FromArray(
            [0.25f, 0.25f, 0.75f, 0.25f, 0.25f, 0.75f, 0.75f, 0.75f, 0.5f, 0.25f, 0.5f, 0.5f, 0f, 0f], [1, 7, 2], _device);
        Assert.Equal([1f, 2f, 3f, 5f, 1.5f, 2.75f, 0.25f], PointSampling.Sample(map, points).ToArray());
    }

    [Fact]
    public void SharedPointsAreTheSamePointsForEveryMap()
    {
        using var scope = new TensorScope();
        var random = new SplitMixPoints(3);
        float[] maps = Draw(random, 5 * 7 * 9), points = Draw(random, 2 * 33);
        Tensor m = Tensor.FromArray(maps, [5, 7, 9], _device);
        Tensor repeated = Tensor.FromArray([.. Enumerable.Repeat(points, 5).SelectMany(p => p)], [5, 33, 2], _device);
        float[] shared = PointSampling.SampleShared(m, Tensor.FromArray(points, [1, 33, 2], _device)).ToArray();
        Assert.All(PointSampling.Sample(m, repeated).ToArray().Zip(shared), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void ThreeQuartersOfThePointsAreTheLeastCertain()
    {
        using var scope = new TensorScope();
        var config = new CriterionConfig { NumPoints = 40 };
        float[] values = Draw(new SplitMixPoints(5), 2 * 6 * 6);
        Tensor logits = Tensor.FromArray([.. values.Select(v => 8 * v - 4)], [2, 6, 6], _device);
        var random = new SplitMixPoints(9);
        float[] candidates = Draw(random, 2 * 120 * 2), uniform = Draw(random, 2 * 10 * 2);
        float[] doubt = PointSampling.Sample(logits, Tensor.FromArray(candidates, [2, 120, 2], _device)).ToArray();
        float[] chosen = PointSampling.UncertainPoints(candidates, doubt, uniform, config);
        for (int m = 0; m < 2; m++)
        {
            int[] order = [.. Enumerable.Range(0, 120).OrderBy(i => Math.Abs(doubt[m * 120 + i])).Take(30).Order()];
            Assert.Equal(order.SelectMany(i => candidates.AsSpan((m * 120 + i) * 2, 2).ToArray()), chosen[(m * 80)..(m * 80 + 60)]);
            Assert.Equal(uniform[(m * 20)..((m + 1) * 20)], chosen[(m * 80 + 60)..((m + 1) * 80)]);
        }
    }

    [Fact]
    public void ImportantPointsComeFromEnoughCandidates()
    {
        var config = new CriterionConfig { NumPoints = 40, OversampleRatio = 0.5f };
        ArgumentException error = Assert.Throws<ArgumentException>(() => RandomPoints.Draw(1, 1, 1, config, new SplitMixPoints(1)));
        Assert.Contains("30 important points cannot be chosen from 20", error.Message);
    }

    [Fact]
    public void PointsAreDrawnForTheLastPredictionFirst()
    {
        // Three predictions of two images, of which four masks are matched.
        var config = new CriterionConfig { NumPoints = 8 };
        var points = RandomPoints.Draw(3, 2, 4, config, new SplitMixPoints(6));
        var replay = new SplitMixPoints(6);
        foreach (int k in new[] { 2, 0, 1 })
        {
            Assert.Equal(Draw(replay, 2 * 8 * 2), points.Matching[(k * 32)..((k + 1) * 32)]);
            Assert.Equal(Draw(replay, 4 * 24 * 2), points.Candidates[(k * 192)..((k + 1) * 192)]);
            Assert.Equal(Draw(replay, 4 * 2 * 2), points.Uniform[(k * 16)..((k + 1) * 16)]);
        }
    }

    [Fact]
    public void PointsThatNoArrayHoldsAreRefused()
    {
        var config = new CriterionConfig { NumPoints = 262_144, OversampleRatio = 16 };
        InputException error = Assert.Throws<InputException>(() => RandomPoints.Draw(10, 10, 50, config, new SplitMixPoints(1)));
        Assert.Contains("lower num_points or oversample_ratio", error.Message);
    }

    [Fact]
    public void SplitMixPointsGoOnFromASavedState()
    {
        var points = new SplitMixPoints(1);
        Draw(points, 7);
        var resumed = new SplitMixPoints(points.State);
        Assert.Equal(Draw(points, 50), Draw(resumed, 50));
    }

    [Fact]
    public void SplitMixPointsAreUniform()
    {
        float[] values = Draw(new SplitMixPoints(1), 100_000);
        Assert.All(values, v => Assert.InRange(v, 0f, 0.99999995f));
        Assert.InRange(values.Average(), 0.497, 0.503);
        Assert.InRange(values.Zip(values.Skip(1), (a, b) => (a - 0.5) * (b - 0.5)).Average(), -1e-3, 1e-3);
        // The published check of the generator, there scaled to −1…1.
        Assert.Equal(0.658570408821106f, 2 * Draw(new SplitMixPoints(unchecked(0xddca0717b0e8d5ff + 0x9E3779B97F4A7C15)), 1)[0] - 1);
    }

    private static float[] Draw(SplitMixPoints points, int count)
    {
        var values = new float[count];
        points.Fill(values);
        return values;
    }
}
