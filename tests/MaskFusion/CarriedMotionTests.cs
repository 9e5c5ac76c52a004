using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>A frame's motion, of the pair before it, carried to where its pixels are now, and of the pair after.</summary>
public sealed class CarriedMotionTests
{
    private const int Size = 64;

    /// <summary>By flow that counts the pixels of the map, and of frames four times as wide and twice as high.</summary>
    [Theory]
    [InlineData(1, 1, 20, -16)]
    [InlineData(4, 2, 20, -16)]
    [InlineData(1, 1, -20, -20)]
    [InlineData(1, 1, 32, 32)]
    public void AThingsMotionGoesWithIt(int across, int down, int u, int v)
    {
        float[] flow = new float[2 * Size * Size];
        Fill(flow, 20, 20, 12, u * across, v * down);
        var motion = new CameraRelativeMotion(new ClipFlow(flow, Size, Size) { FrameWidth = across * Size, FrameHeight = down * Size }, null);
        float[] last = motion.Of(1).ToArray();
        for (int y = 0; y < Size; y++)
            for (int x = 0; x < Size; x++)
                Assert.Equal(x - u is >= 20 and < 32 && y - v is >= 20 and < 32 ? 1 : 0, last[y * Size + x]);
    }

    [Fact]
    public void InTheMiddleItIsTheMeanOfBothPairs()
    {
        float[] moves = new float[2 * Size * Size], rests = new float[2 * Size * Size];
        Fill(moves, 20, 20, 12, 5, 0);
        float[] middle = new CameraRelativeMotion(new ClipFlow([.. moves, .. rests], Size, Size), null).Of(1).ToArray();
        Assert.Equal(0.5f, middle[26 * Size + 30]);
        // What has come to sight is as the pair after says, and that is at rest.
        Assert.Equal(0, middle[26 * Size + 22]);
    }

    /// <summary>A pair that one of the frames contradicts gives way to the other.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhereOnePairIsSureItAloneCounts(bool isBefore)
    {
        float[] moves = new float[2 * Size * Size], rests = new float[2 * Size * Size];
        Fill(moves, 20, 20, 12, isBefore ? 0 : 5, isBefore ? 5 : 0);
        Image[] frames = [Plain(), Plain(), Plain()];
        var random = new Random(1);
        for (int y = 20; y < 32; y++)
            for (int x = 20; x < 32; x++)
                random.NextBytes(frames[isBefore ? 0 : 2][x, y]);
        float[] both = isBefore ? [.. moves, .. rests] : [.. rests, .. moves];
        var motion = new CameraRelativeMotion(new ClipFlow(both, Size, Size), pair => (frames[pair], frames[pair + 1]));
        Assert.True(motion.Of(isBefore ? 0 : 2)[26 * Size + 26] > 0, "the pair alone is believed, for want of another");
        Assert.Equal(0, motion.Of(1)[(isBefore ? 31 : 26) * Size + 26]);
    }

    [Fact]
    public void OfPixelsThatMeetTheFastestIsSeen()
    {
        foreach (bool fastFromTheLeft in new[] { true, false })
        {
            float[] flow = new float[2 * Size * Size];
            int fast = fastFromTheLeft ? 10 : 50, slow = fastFromTheLeft ? 36 : 24;
            Fill(flow, fast, 20, 9, 30 - fast, 0);
            Fill(flow, slow, 20, 9, 30 - slow, 0);
            Assert.Equal(1, new CameraRelativeMotion(new ClipFlow(flow, Size, Size), null).Of(1)[24 * Size + 34]);
        }
    }

    [Theory]
    [InlineData(0.3f, 0)]
    [InlineData(0, 0.3f)]
    public void AThingThatGrowsHasNoHoles(float across, float down)
    {
        float[] flow = new float[2 * Size * Size];
        for (int y = 24; y < 40; y++)
            for (int x = 24; x < 40; x++)
                (flow[y * Size + x], flow[(Size + y) * Size + x]) = (4 + across * (x - 24), 4 + down * (y - 24));
        float[] last = new CameraRelativeMotion(new ClipFlow(flow, Size, Size), null).Of(1).ToArray();
        // As far as nothing else is seen between its pixels.
        for (int y = 29; y < 40; y++)
            for (int x = 29; x < 40; x++)
                Assert.True(last[y * Size + x] > 0, $"({x}, {y})");
        Assert.All(last, v => Assert.InRange(v, 0, 1));
    }

    /// <summary>Five of eight neighbours tell what is between them; four do not.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public void AGapIsAsMostOfItsNeighboursAre(int known)
    {
        const int side = 5, centre = side * side / 2;
        float[] flow = new float[2 * side * side];
        // Those that stay tremble to both sides, so that the camera is at rest; the others leave the picture.
        int[] around = [6, 7, 8, 11, 13, 16, 17, 18];
        for (int i = 0; i < around.Length; i++)
            flow[around[i]] = i >= known ? 10 : i % 2 == 0 ? 0.4f : -0.4f;
        flow[centre] = 10;
        float[] last = new CameraRelativeMotion(new ClipFlow(flow, side, side), null).Of(1).ToArray();
        Assert.Equal(known == 5 ? 0.04f : 0, last[centre], 1e-3f);
    }

    [Fact]
    public void WhatLeavesThePictureIsGone()
    {
        foreach ((float u, float v) in new[] { (-40f, 0f), (40f, 0f), (0f, -40f), (0f, 40f) })
        {
            float[] flow = new float[2 * Size * Size];
            Fill(flow, 24, 24, 16, u, v);
            Assert.All(new CameraRelativeMotion(new ClipFlow(flow, Size, Size), null).Of(1).ToArray(), g => Assert.Equal(0, g));
        }
    }

    private static void Fill(float[] flow, int x0, int y0, int side, float u, float v)
    {
        for (int y = y0; y < y0 + side; y++)
        {
            flow.AsSpan(y * Size + x0, side).Fill(u);
            flow.AsSpan((Size + y) * Size + x0, side).Fill(v);
        }
    }

    private static Image Plain()
    {
        var image = new Image(Size, Size);
        image.Rgb.AsSpan().Fill(128);
        return image;
    }
}
