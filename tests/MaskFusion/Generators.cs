using FsCheck;
using FsCheck.Fluent;

namespace SspNative.Tests.MaskFusion;

/// <summary>Two binary masks of one size: M_O and M_GT.</summary>
public sealed record MaskPair(int Height, int Width, bool[] OpticalBits, bool[] TruthBits)
{
    public float[] Optical => [.. OpticalBits.Select(b => b ? 1f : 0f)];

    public float[] Truth => [.. TruthBits.Select(b => b ? 1f : 0f)];

    public MaskPair Crop(int top, int left, int height, int width) =>
        new(height, width, Crop(OpticalBits, Width, top, left, height, width), Crop(TruthBits, Width, top, left, height, width));

    /// <summary>The window of a map with rows of the given width.</summary>
    public static T[] Crop<T>(T[] map, int mapWidth, int top, int left, int height, int width) =>
        [.. from y in Enumerable.Range(top, height) from x in Enumerable.Range(left, width) select map[y * mapWidth + x]];

    public override string ToString() => $"{Height}×{Width} M_O={Bits(OpticalBits)} M_GT={Bits(TruthBits)}";

    private static string Bits(bool[] bits) => string.Concat(bits.Select(b => b ? '1' : '0'));
}

/// <summary>Count maps of Pixels values each, multiples of 1/64 so that sums and means are exact in single precision.</summary>
public sealed record MapList(int Count, int Pixels, float[] Values)
{
    public override string ToString() => $"{Count} maps of {Pixels}: {string.Join(' ', Values)}";
}

/// <summary>How the properties of mask fusion make their inputs and shrink them to the smallest failing one.</summary>
public static class MaskFusionGenerators
{
    public static Arbitrary<MaskPair> MaskPairs() => Arb.From(
        from height in Gen.Choose(1, 6)
        from width in Gen.Choose(1, 6)
        from optical in Bits(height * width)
        from truth in Bits(height * width)
        select new MaskPair(height, width, optical, truth),
        Shrink);

    public static Arbitrary<MapList> MapLists() => Arb.From(
        from count in Gen.Choose(1, 6)
        from pixels in Gen.Choose(1, 5)
        from values in Gen.ArrayOf(Gen.Choose(-640, 640), count * pixels)
        select new MapList(count, pixels, [.. values.Select(v => v / 64f)]),
        Shrink);

    private static Gen<bool[]> Bits(int count) => Gen.ArrayOf(Gen.Elements(false, true), count);

    private static IEnumerable<MaskPair> Shrink(MaskPair pair)
    {
        if (pair.Height > 1)
            yield return pair.Crop(0, 0, pair.Height - 1, pair.Width);
        if (pair.Width > 1)
            yield return pair.Crop(0, 0, pair.Height, pair.Width - 1);
        for (int i = 0; i < pair.OpticalBits.Length; i++)
        {
            if (pair.OpticalBits[i])
                yield return pair with { OpticalBits = With(pair.OpticalBits, i, false) };
            if (pair.TruthBits[i])
                yield return pair with { TruthBits = With(pair.TruthBits, i, false) };
        }
    }

    private static IEnumerable<MapList> Shrink(MapList maps)
    {
        if (maps.Count > 1)
            yield return new MapList(maps.Count - 1, maps.Pixels, maps.Values[..^maps.Pixels]);
        if (maps.Pixels > 1)
            yield return new MapList(
                maps.Count, maps.Pixels - 1, [.. maps.Values.Where((_, i) => i % maps.Pixels != maps.Pixels - 1)]);
        for (int i = 0; i < maps.Values.Length; i++)
            if (maps.Values[i] != 0)
                yield return maps with { Values = With(maps.Values, i, 0) };
    }

    private static T[] With<T>(T[] values, int index, T value)
    {
        T[] changed = [.. values];
        changed[index] = value;
        return changed;
    }
}
