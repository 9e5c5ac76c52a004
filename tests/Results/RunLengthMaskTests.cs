using FsCheck.Xunit;
using SspNative.Model.Media;
using SspNative.Model.Results;
using Xunit;

namespace SspNative.Tests.Results;

/// <summary>Masks in COCO's form: exact, in COCO's order and characters.</summary>
public class RunLengthMaskTests
{
    // By hand: nine pixels of background; nine of the mask after none; three in the middle column; and columns of 100, whose runs 0 1 2 1 2 1 2 are
    // written from the fourth on less the one two before.
    [Theory]
    [InlineData("000000000", "9")]
    [InlineData("111111111", "09")]
    [InlineData("010010010", "333")]
    [InlineData("111000000", "0120000")]
    public void RunsGoDownTheColumns(string rows, string counts)
    {
        var labels = new LabelMap(3, 3, [.. rows.Select(c => (byte)(c - '0'))]);
        RunLengthMask mask = RunLengthMask.Encode(labels, 1);
        Assert.Equal(counts, mask.Counts);
        Assert.Equal([3, 3], mask.Size);
    }

    [Fact]
    public void LongRunsTakeSeveralCharacters()
    {
        // 40 is 1·32 + 8: '0' + 8 + 32 is 'X', then '1'. The last run of 1 after one of 3 is −2, which is 30 in five bits with a sign: 'N'.
        byte[] column = [.. Enumerable.Repeat((byte)0, 40), 1, 1, 1, 0, 1];
        Assert.Equal("X131N", RunLengthMask.Encode(new LabelMap(1, column.Length, column), 1).Counts);
    }

    [Property]
    public bool EveryMaskCanBeReadAgain(byte width, byte height, int seed, bool isFine)
    {
        var labels = new LabelMap(1 + width % 60, 1 + height % 60);
        var random = new Random(seed);
        for (int i = 0; i < labels.Labels.Length; i++)
            labels.Labels[i] = isFine || i % 7 == 0 ? (byte)random.Next(3) : labels.Labels[i - 1];
        return Enumerable.Range(1, 2).All(label => Decode(RunLengthMask.Encode(labels, label)).SequenceEqual(labels.Labels.Select(l => l == label)));
    }

    // As COCO's own reader does it.
    private static bool[] Decode(RunLengthMask mask)
    {
        var runs = new List<long>();
        for (int i = 0; i < mask.Counts.Length;)
        {
            long number = 0;
            int shift = 0, code;
            do
            {
                code = mask.Counts[i++] - 48;
                number |= (long)(code & 0x1f) << shift;
                shift += 5;
            }
            while ((code & 0x20) != 0);
            if ((code & 0x10) != 0)
                number |= -1L << shift;
            runs.Add(runs.Count > 2 ? number + runs[^2] : number);
        }
        (int height, int width) = (mask.Size[0], mask.Size[1]);
        var pixels = new bool[height * width];
        int place = 0;
        for (int i = 0; i < runs.Count; i++)
            for (long k = 0; k < runs[i]; k++, place++)
                pixels[place % height * width + place / height] = i % 2 == 1;
        return place == pixels.Length ? pixels : throw new InvalidOperationException($"{place} of {pixels.Length} pixels");
    }
}
