using FsCheck.Xunit;
using SspNative.Model.MaskFusion;

namespace SspNative.Tests.MaskFusion;

/// <summary>What equation (1), the grayscale and the threshold promise for every flow.</summary>
[Properties(Arbitrary = [typeof(MaskFusionGenerators)])]
public class OpticalMaskProperties
{
    [Property]
    public bool TheMeanHasOneMapMore(MapList maps) => Mean(maps.Values, maps.Pixels).Length == (maps.Count + 1) * maps.Pixels;

    [Property]
    public bool TheMeanKeepsConstants(MapList maps)
    {
        float[] constant = [.. maps.Values.Select((_, i) => maps.Values[i % maps.Pixels])];
        return Mean(constant, maps.Pixels).Select((v, i) => v == maps.Values[i % maps.Pixels]).All(equal => equal);
    }

    [Property]
    public bool TheMeanIsLinear(MapList maps, sbyte factor, sbyte otherFactor)
    {
        float[] other = [.. maps.Values.Reverse()];
        float[] combined = [.. maps.Values.Zip(other, (a, b) => factor * a + otherFactor * b)];
        IEnumerable<float> expected =
            Mean(maps.Values, maps.Pixels).Zip(Mean(other, maps.Pixels), (a, b) => factor * a + otherFactor * b);
        return Mean(combined, maps.Pixels).SequenceEqual(expected);
    }

    [Property]
    public bool TheMeanLiesBetweenItsNeighbours(MapList maps)
    {
        float[] mean = Mean(maps.Values, maps.Pixels);
        for (int i = 0; i < mean.Length; i++)
        {
            float before = maps.Values[i < maps.Pixels ? i : i - maps.Pixels];
            float after = maps.Values[i < maps.Values.Length ? i : i - maps.Pixels];
            if (mean[i] < Math.Min(before, after) || mean[i] > Math.Max(before, after))
                return false;
        }
        return true;
    }

    [Property]
    public bool ReversingTimeReversesTheMean(MapList maps) =>
        Mean(Reversed(maps.Values, maps.Pixels), maps.Pixels)
            .SequenceEqual(Reversed(Mean(maps.Values, maps.Pixels), maps.Pixels));

    [Property]
    public bool OneFlowGivesTwoEqualMaps(MapList maps)
    {
        float[] first = maps.Values[..maps.Pixels];
        return Mean(first, maps.Pixels).SequenceEqual([.. first, .. first]);
    }

    [Property]
    public bool GrayscaleReachesOneUnlessAllIsStill(MapList maps)
    {
        float[] gray = Gray(maps);
        float largest = gray.Max();
        return gray.Min() >= 0 && largest == (maps.Values.All(v => v == 0) ? 0 : 1);
    }

    [Property]
    public bool GrayscaleIgnoresTheUnitOfFlow(MapList maps) =>
        Gray(maps).SequenceEqual(Gray(maps with { Values = [.. maps.Values.Select(v => 4 * v)] }));

    [Property]
    public bool TheMaskIsBinaryAndShrinksAsTauGrows(MapList maps, byte low, byte high)
    {
        float[] wide = Mask(maps, Tau.Of(Math.Min(low, high) / 255f)), narrow = Mask(maps, Tau.Of(Math.Max(low, high) / 255f));
        return wide.All(v => v is 0 or 1) && wide.Zip(narrow).All(p => p.Second <= p.First);
    }

    [Property]
    public bool OtsuPutsTheStrongestMotionAbove(MapList maps)
    {
        float[] temporal = Mean(Gray(maps), maps.Pixels);
        float threshold = OpticalMask.OtsuThreshold(temporal);
        return temporal.All(v => v <= threshold) ? threshold == 1 : temporal.Min() <= threshold && temporal.Max() > threshold;
    }

    private static float[] Mean(float[] maps, int pixels)
    {
        float[] result = new float[maps.Length + pixels];
        OpticalMask.TemporalMean(maps, pixels, result);
        return result;
    }

    /// <summary>The grayscale of a flow whose u are the maps and whose v are half of them.</summary>
    private static float[] Gray(MapList maps)
    {
        float[] result = new float[maps.Values.Length];
        OpticalMask.Grayscale(Flow(maps), maps.Pixels, result);
        return result;
    }

    private static float[] Mask(MapList maps, Tau tau)
    {
        float[] result = new float[maps.Values.Length + maps.Pixels];
        OpticalMask.FromFlow(Flow(maps), maps.Pixels, tau, result);
        return result;
    }

    private static float[] Flow(MapList maps) =>
        [.. maps.Values.Chunk(maps.Pixels).SelectMany(u => u.Concat(u.Select(value => value / 2)))];

    private static float[] Reversed(float[] maps, int pixels) => [.. maps.Chunk(pixels).Reverse().SelectMany(map => map)];
}
