using SspNative.Model.MaskFusion;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>A mask without specks.</summary>
public sealed class MajorityTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    [InlineData(9, 1)]
    [InlineData(2, 3)]
    [InlineData(96, 40)]
    [InlineData(287, 30)]
    [InlineData(30, 289)]
    [InlineData(5, 800)]
    public void EachPixelIsAsMostOfThoseAroundIt(int width, int height)
    {
        int radius = Math.Max(1, (int)Math.Round(2.0 * Math.Max(width, height) / 384));
        var random = new Random(width + 1000 * height);
        float[] mask = [.. Enumerable.Range(0, width * height).Select(_ => (float)random.Next(2))];
        float[] expected = [.. Enumerable.Range(0, width * height).Select(i => MostAround(i % width, i / width))];
        new Majority(width, height).Apply(mask);
        Assert.Equal(expected, mask);

        float MostAround(int x, int y)
        {
            int ones = 0, all = 0;
            for (int ny = Math.Max(0, y - radius); ny <= Math.Min(height - 1, y + radius); ny++)
                for (int nx = Math.Max(0, x - radius); nx <= Math.Min(width - 1, x + radius); nx++)
                    (ones, all) = (ones + (int)mask[ny * width + nx], all + 1);
            return 2 * ones > all ? 1 : 0;
        }
    }
}
