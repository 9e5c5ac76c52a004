using FsCheck.Xunit;
using SspNative.Model.Media;
using SspNative.Model.Results;
using Xunit;

namespace SspNative.Tests.Results;

/// <summary>Outlines enclose the pixels they were made of.</summary>
public class PolygonsTests
{
    [Fact]
    public void ARectangleIsItsFourCorners()
    {
        LabelMap labels = Map(10, 8, (x, y) => x is >= 2 and < 7 && y is >= 3 and < 6);
        int[] outline = Assert.Single(Polygons.Trace(labels, 1));
        Assert.Equal([7, 3, 7, 6, 2, 6, 2, 3], outline);
    }

    [Fact]
    public void RegionsAreApartAndHolesAreNone()
    {
        // A frame with a hole, a pixel that touches its corner, and one far away.
        LabelMap labels = Map(
            20, 20, (x, y) => (x is >= 2 and < 10 && y is >= 2 and < 10 && !(x is >= 4 and < 8 && y is >= 4 and < 8)) || (x, y) is (10, 10) or (15, 3));
        IReadOnlyList<int[]> outlines = Polygons.Trace(labels, 1);
        Assert.Equal(3, outlines.Count);
        Assert.Contains(outlines, o => o.SequenceEqual([10, 2, 10, 10, 2, 10, 2, 2]));
        Assert.Empty(Polygons.Trace(labels, 2));
    }

    [Property]
    public void ADiscIsEnclosedWithinAPixel(byte size)
    {
        double radius = 6 + size % 90;
        int side = (int)(2 * radius) + 4;
        LabelMap labels = Map(side, side, (x, y) => Math.Pow(x - side / 2.0, 2) + Math.Pow(y - side / 2.0, 2) < radius * radius);
        int[] outline = Polygons.Trace(labels, 1).Single();
        int both = 0, either = 0;
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            {
                bool inside = IsInside(outline, x + 0.5, y + 0.5), marked = labels[x, y] == 1;
                both += inside && marked ? 1 : 0;
                either += inside || marked ? 1 : 0;
            }
        // A ring of half a pixel is 1/r of the area. Small discs keep the corners of their pixels, of which large ones have 7·r.
        Assert.True(both >= (1 - 1.2 / radius) * either, $"radius {radius}: {both} of {either} pixels");
        Assert.True(radius < 30 || outline.Length / 2 < 2 * radius, $"radius {radius}: {outline.Length / 2} corners");
    }

    [Property]
    public bool NoiseIsOutlinedInBoundedTimeAndWithinThePicture(int seed)
    {
        var random = new Random(seed);
        LabelMap labels = Map(1 + random.Next(80), 1 + random.Next(80), (_, _) => random.Next(3) == 0);
        return Polygons.Trace(labels, 1).All(o => o.Length >= 6 && o.Where((_, i) => i % 2 == 0).All(x => x >= 0 && x <= labels.Width)
            && o.Where((_, i) => i % 2 == 1).All(y => y >= 0 && y <= labels.Height));
    }

    private static LabelMap Map(int width, int height, Func<int, int, bool> isMarked)
    {
        var labels = new LabelMap(width, height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                labels.Labels[y * width + x] = (byte)(isMarked(x, y) ? 1 : 0);
        return labels;
    }

    // Whether a ray to the right crosses the outline an odd number of times.
    private static bool IsInside(int[] outline, double x, double y)
    {
        bool inside = false;
        for (int i = 0, j = outline.Length - 2; i < outline.Length; j = i, i += 2)
            if (outline[i + 1] > y != outline[j + 1] > y
                && x < (outline[j] - outline[i]) * (y - outline[i + 1]) / (outline[j + 1] - outline[i + 1]) + outline[i])
                inside = !inside;
        return inside;
    }
}
