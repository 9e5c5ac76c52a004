using System.Numerics;
using FsCheck.Xunit;
using SspNative.Model.MaskFusion;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>Otsu's threshold against its definition.</summary>
[Properties(Arbitrary = [typeof(MaskFusionGenerators)])]
public class OtsuProperties
{
    private const int Bins = 256;

    [Property]
    public bool NoOtherEdgeSeparatesBetter(MapList maps)
    {
        float[] values = Fractions(maps);
        float threshold = OpticalMask.OtsuThreshold(values);
        int[] bins = [.. values.Select(Bin)];
        (BigInteger Over, BigInteger Under)[] variances = [.. Enumerable.Range(0, Bins).Select(t => Variance(bins, t))];
        if (variances.All(v => v.Over.IsZero))
            return threshold == 1;
        int found = (int)(threshold * Bins) - 1;
        return variances.All(v => v.Over * variances[found].Under <= variances[found].Over * v.Under);
    }

    [Property]
    public bool OfEqualEdgesTheLowestIsTaken(MapList maps)
    {
        float[] values = Fractions(maps);
        float threshold = OpticalMask.OtsuThreshold(values);
        return threshold == 1 || values.Any(v => Bin(v) == (int)(threshold * Bins) - 1);
    }

    [Property]
    public bool OrderDoesNotMatter(MapList maps) =>
        OpticalMask.OtsuThreshold(Fractions(maps)) == OpticalMask.OtsuThreshold([.. Fractions(maps).Reverse()]);

    [Fact]
    public void ValuesBeyondTheEndsCountAsTheEnds() => Assert.Equal(
        OpticalMask.OtsuThreshold([0, 0.5f, 1]), OpticalMask.OtsuThreshold([-3, 0.5f, 7]));

    [Fact]
    public void TheThresholdIsTheUpperEdgeOfTheLowerClustersLastBin() =>
        Assert.Equal(26f / 256, OpticalMask.OtsuThreshold([0.1f, 0.1f, 0.8f]));

    // Values of a list are multiples of 1/64 within ±10; these are multiples of 1/1280 within 0…1.
    private static float[] Fractions(MapList maps) => [.. maps.Values.Select(v => (v + 10) / 20)];

    private static int Bin(float value) => value == 0 ? 0 : (int)Math.Ceiling(value * Bins) - 1;

    /// <summary>
    /// Between the bins up to t and those above it: count · count · (difference of means)², as an exact fraction. 0 where one side is empty.
    /// </summary>
    private static (BigInteger Over, BigInteger Under) Variance(int[] bins, int t)
    {
        int[] below = [.. bins.Where(b => b <= t)], above = [.. bins.Where(b => b > t)];
        if (below.Length == 0 || above.Length == 0)
            return (0, 1);
        BigInteger difference = (BigInteger)below.Sum() * above.Length - (BigInteger)above.Sum() * below.Length;
        return (difference * difference, (BigInteger)below.Length * above.Length);
    }
}
