using SspNative.Model.Losses;

namespace SspNative.Model.Training;

/// <summary>The random choices that follow from seed, epoch and clip alone, so that a resumed run makes them again.</summary>
internal static class DataOrder
{
    /// <summary>The clips of an epoch in their order: a permutation of 0 … count−1 (Fisher and Yates).</summary>
    public static int[] Shuffle(ulong seed, int epoch, int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        SplitMixPoints random = Stream(seed, epoch, clip: -1);
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)((double)Next(random) * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>A number in [0,1) for a clip in an epoch.</summary>
    public static float Uniform(ulong seed, int epoch, int clip) => Next(Stream(seed, epoch, clip));

    private static float Next(SplitMixPoints random)
    {
        Span<float> one = stackalloc float[1];
        random.Fill(one);
        return one[0];
    }

    // Keys differ by odd factors, not by the generator's own step, so that no stream is a shifted copy of another.
    private static SplitMixPoints Stream(ulong seed, int epoch, int clip) => new(unchecked(
        (seed + 1) * 0xD1342543DE82EF95 ^ (ulong)(epoch + 1) * 0xAF251AF3B0F025B5 ^ (ulong)(clip + 2) * 0xB564EF22EC7AECE5));
}
