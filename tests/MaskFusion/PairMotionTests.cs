using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>How fast the pixels of a pair move against the camera, a rule at a time.</summary>
public sealed class PairMotionTests
{
    // A square of the map moves by whole pixels; a pixel of the map is six units.
    private const int Size = 64, First = 20, Side = 20, Shift = 3, Centre = (First + Side / 2) * Size + First + Side / 2;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 0.05f)]
    public void AFewWrongPixelsDoNotHideOthers(int wrong, float wanted)
    {
        float[] flow = Square();
        flow.AsSpan(0, wrong).Fill(20 * Shift);
        Assert.Equal(wanted, Motion(new ClipFlow(flow, Size, Size))[Centre], 1e-4f);
    }

    /// <summary>Ten units a second are fast, in maps of 384 that is ten pixels; and never less than two and a half pixels of the map.</summary>
    [Theory]
    [InlineData(384, 8, 2, 1, 0.2f)]
    [InlineData(384, 8, 2, 0.5, 0.4f)]
    [InlineData(384, 8, 2, 0.1, 0.8f)]
    [InlineData(384, 8, 20, 1, 1)]
    [InlineData(8, 384, 2, 1, 0.2f)]
    [InlineData(64, 8, 2, 0.1, 0.8f)]
    [InlineData(8, 64, 2, 0.1, 0.8f)]
    public void WhatIsSlowIsNotFast(int width, int height, float speed, double interval, float wanted)
    {
        float[] flow = new float[2 * height * width];
        for (int y = 2; y < 6; y++)
            flow.AsSpan(y * width + 2, 4).Fill(speed);
        Assert.Equal(wanted, Motion(new ClipFlow(flow, height, width) { Interval = interval })[2 * width + 3], 1e-4f);
    }

    [Theory]
    [InlineData("left top bottom right", true)]
    [InlineData("left top bottom", true)]
    [InlineData("left top right", true)]
    [InlineData("left bottom right", true)]
    [InlineData("top bottom right", true)]
    [InlineData("left right", false)]
    [InlineData("top bottom", false)]
    [InlineData("", false)]
    public void ThePlainInsideOfAThingMovesWithItsOutline(string sides, bool moves)
    {
        Image first = Plain(), second = Plain();
        var random = new Random(1);
        for (int y = First; y < First + Side; y++)
            for (int x = First; x < First + Side; x++)
                if (IsOutline(x - First, y - First, sides))
                {
                    random.NextBytes(first[x, y]);
                    first[x, y].CopyTo(second[x + Shift, y]);
                }
        Assert.Equal(moves, Motion(new ClipFlow(Square(), Size, Size), first, second)[Centre] > 0);

        static bool IsOutline(int x, int y, string sides) =>
            (sides.Contains("left") && x < 4) || (sides.Contains("top") && y < 4)
            || (sides.Contains("bottom") && y >= Side - 4) || (sides.Contains("right") && x >= Side - 4);
    }

    /// <summary>What flickers beside a plain wall does not make it move, wherever the flow of the wall says so.</summary>
    [Fact]
    public void WhatIsAtRestConfirmsNothing()
    {
        Image first = Plain(), second = Plain();
        var random = new Random(4);
        for (int y = 0; y < Size; y++)
            for (int x = 0; x < Size; x++)
                if (x < First - 8 || y < First - 8 || y >= First + Side + 8)
                {
                    random.NextBytes(first[x, y]);
                    random.NextBytes(second[x, y]);
                }
        Assert.Equal(0, Motion(new ClipFlow(Square(), Size, Size), first, second)[Centre]);
    }

    /// <summary>Where it grows brighter neither motion explains the frames well, but the camera's does better.</summary>
    [Fact]
    public void TheBetterOfTwoPoorMotionsIsBelieved()
    {
        Image first = Plain(), second = Plain();
        var random = new Random(5);
        for (int y = First - 4; y < First + Side + 4; y++)
            for (int x = First - 4; x < First + Side + 4; x++)
                for (int c = 0; c < 3; c++)
                {
                    first[x, y][c] = (byte)random.Next(200);
                    second[x, y][c] = (byte)(first[x, y][c] + 30);
                }
        Assert.Equal(0, Motion(new ClipFlow(Square(), Size, Size), first, second)[Centre]);
    }

    [Fact]
    public void WhereTheCameraExplainsTheFramesBetterNothingMoves()
    {
        Image frame = Textured(1);
        Assert.All(Motion(new ClipFlow(Square(), Size, Size), frame, frame), v => Assert.Equal(0, v));
    }

    [Fact]
    public void WhatNoMotionExplainsMovesButIsNotSure()
    {
        Image first = Plain(), second = Plain();
        var random = new Random(2);
        for (int y = First; y < First + Side; y++)
            for (int x = First; x < First + Side; x++)
            {
                random.NextBytes(first[x, y]);
                random.NextBytes(second[x, y]);
            }
        PairMotion pair = Measured(new ClipFlow(Square(), Size, Size), first, second);
        Assert.True(pair.Values[Centre] > 0);
        Assert.False(pair.IsSure[Centre]);
        Assert.True(pair.IsSure[0]);
        Assert.All(Measured(new ClipFlow(Square(), Size, Size), null, null).IsSure, Assert.True);
    }

    /// <summary>Four times the middle pixel's motion is below the least threshold, 0.1; but noise is never more than a unit.</summary>
    [Theory]
    [InlineData(0.5f, 100, 0.025f)]
    [InlineData(0.5f, 45, 0.05f)]
    [InlineData(3f, 55, 0.075f)]
    public void FlowThatTremblesIsAtRest(float trembles, int percent, float wanted)
    {
        const int width = 384, height = 8, pixels = width * height;
        float[] flow = new float[2 * pixels];
        var random = new Random(3);
        for (int i = 0; i < pixels; i++)
            if (7 * i % 100 < percent)
            {
                double angle = random.NextDouble() * Math.Tau;
                (flow[i], flow[pixels + i]) = (trembles * (float)Math.Cos(angle), trembles * (float)Math.Sin(angle));
            }
        float[] motion = Motion(new ClipFlow(flow, height, width), new Image(width, height), new Image(width, height));
        Assert.Equal(wanted, motion[0], 1e-3f);
    }

    /// <summary>
    /// Stripes that move by their width: flow explains them wholly, the camera differs by all their contrast. That of one level is not clear.
    /// </summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void FlowIsConfirmedWhereItIsClearlyBetter(byte firstChannel, bool moves)
    {
        Image first = Plain(), second = Plain();
        for (int y = First; y < First + Side; y++)
            for (int x = First; x < First + Side; x++)
                if (x / Shift % 2 == 0)
                {
                    ((byte[])[(byte)(128 + firstChannel), 129, 129]).CopyTo(first[x, y]);
                    first[x, y].CopyTo(second[x + Shift, y]);
                }
        Assert.Equal(moves, Motion(new ClipFlow(Square(), Size, Size), first, second)[Centre] > 0);
    }

    /// <summary>Without noise, a change of more than eight levels is no change of light.</summary>
    [Theory]
    [InlineData(8, false)]
    [InlineData(9, true)]
    public void WhatNeitherMotionExplainsIsAChange(byte brighter, bool isOne)
    {
        Image first = Plain(), second = Plain();
        for (int y = First - 4; y < First + Side + 4; y++)
            for (int x = First - 4; x < First + Side + 8; x++)
                second[x, y].Fill((byte)(128 + brighter));
        PairMotion pair = Measured(new ClipFlow(Square(), Size, Size), first, second);
        Assert.Equal(isOne, pair.Values[Centre] > 0);
        Assert.Equal(!isOne, pair.IsSure[Centre]);
    }

    /// <summary>Flow trembles where the frames differ by at most twice the noise: else it moves.</summary>
    [Theory]
    [InlineData(4, 0.025f)]
    [InlineData(5, 0.05f)]
    public void OnlyWhereFramesAreAlikeIsFlowThatTremblesNoise(byte brighter, float wanted)
    {
        const int width = 384, height = 8, pixels = width * height, quiet = 2 * width / 5;
        float[] flow = new float[2 * pixels];
        Image first = new(width, height), second = new(width, height);
        var random = new Random(3);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                second[x, y].Fill(x < quiet ? (byte)2 : brighter);
                double angle = random.NextDouble() * Math.Tau;
                if (x >= quiet)
                    (flow[y * width + x], flow[pixels + y * width + x]) = (0.5f * (float)Math.Cos(angle), 0.5f * (float)Math.Sin(angle));
            }
        Assert.Equal(wanted, Motion(new ClipFlow(flow, height, width), first, second)[height / 2 * width + width - 20], 1e-3f);
    }

    private static float[] Motion(ClipFlow flow, Image? first = null, Image? second = null) => Measured(flow, first, second).Values;

    private static PairMotion Measured(ClipFlow flow, Image? first, Image? second)
    {
        var pair = new PairMotion(flow, first is null ? null : _ => (first, second!));
        pair.Measure(0);
        return pair;
    }

    private static float[] Square()
    {
        float[] flow = new float[2 * Size * Size];
        for (int y = First; y < First + Side; y++)
            flow.AsSpan(y * Size + First, Side).Fill(Shift);
        return flow;
    }

    private static Image Plain()
    {
        var image = new Image(Size, Size);
        image.Rgb.AsSpan().Fill(128);
        return image;
    }

    private static Image Textured(int seed)
    {
        var image = new Image(Size, Size);
        new Random(seed).NextBytes(image.Rgb);
        return image;
    }
}
