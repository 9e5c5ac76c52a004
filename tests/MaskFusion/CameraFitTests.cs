using SspNative.Model.MaskFusion;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>The camera's motion among other motion.</summary>
public sealed class CameraFitTests
{
    private const int Size = 80;

    private static readonly CameraMotion _camera = new((5, 1.5f, -0.7f), (-3, 0.4f, 2));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(30, 1)]
    [InlineData(30, 2)]
    public void ItIsFoundThoughOthersMoveOtherwise(int percentOfOthers, float unit)
    {
        var random = new Random(1);
        CameraMotion found = Fit((x, y) => random.Next(100) < percentOfOthers ? (-20, 15) : _camera.At(x, y), unit);
        foreach ((float x, float y) in new[] { (-1f, -1f), (0f, 0f), (1f, -1f), (-1f, 1f) })
        {
            (float u, float v) = found.At(x, y);
            (float wantedU, float wantedV) = _camera.At(x, y);
            Assert.Equal(wantedU, u / unit, 0.05);
            Assert.Equal(wantedV, v / unit, 0.05);
        }
    }

    /// <summary>Motion is the camera's only where it explains at least 3 % more of the pixels than rest does.</summary>
    [Theory]
    [InlineData(49, 0)]
    [InlineData(51.2, 0)]
    [InlineData(51.8, 5)]
    [InlineData(60, 5)]
    public void ACameraIsAtRestUnlessMotionExplainsClearlyMore(double percentThatMoves, float wanted)
    {
        double moving = 0, all = 0;
        CameraMotion found = Fit((x, y) =>
        {
            double weight = IsNearBorder(x, y, 0.12f) ? 3 : 1;
            bool moves = moving + weight <= percentThatMoves / 100 * (all += weight);
            moving += moves ? weight : 0;
            return moves ? (5, 0) : (0, 0);
        });
        Assert.Equal((wanted, 0f), (MathF.Round(found.U.Shift, 2), MathF.Round(found.V.Shift, 2)));
    }

    /// <summary>What moves by itself is seldom at the border, which is 42 % of the pixels where it is an eighth of the picture wide.</summary>
    [Fact]
    public void PixelsNearTheBorderCountMore()
    {
        Assert.Equal(5, Fit((x, y) => IsNearBorder(x, y, 0.12f) ? (5, 0) : (0, 0)).U.Shift, 0.01);
        Assert.Equal(0, Fit((x, y) => IsNearBorder(x, y, 0.08f) ? (5, 0) : (0, 0)).U.Shift, 0.01);
        Assert.Equal(5, Fit((x, y) => IsNearBorder(x, y, 0.12f) ? (5, 0) : (x < 0 ? 1 : 9, 0)).U.Shift, 0.01);
    }

    [Fact]
    public void AMotionOfAUnitIsNoRest() => Assert.Equal(1, Fit((_, _) => (1, 0)).U.Shift, 0.01);

    /// <summary>Three neighbouring motions outweigh a commoner one that stands alone.</summary>
    [Fact]
    public void TheCommonestMotionIsAPeakOfNeighbours()
    {
        int at = 0;
        CameraMotion found = Fit((_, _) => (7 * at++ % 100) switch
        {
            < 36 => (20.4f, -20),
            < 58 => (9.6f, 0),
            < 80 => (10, 0.4f),
            _ => (10.4f, -0.4f),
        });
        Assert.Equal(10, found.U.Shift, 0.2);
        Assert.Equal(0, found.V.Shift, 0.2);
    }

    [Theory]
    [InlineData(50, 1)]
    [InlineData(1, 50)]
    public void OfOneRowTheSlopeAcrossItIsZero(int width, int height)
    {
        float[] flow = [.. Enumerable.Repeat(7.3f, width * height), .. Enumerable.Repeat(-4.4f, width * height)];
        CameraMotion found = CameraFit.Fit(flow, width, height, 1);
        (float u, float v) = found.At(1, 1);
        Assert.Equal(7.3, u, 0.02);
        Assert.Equal(-4.4, v, 0.02);
    }

    [Fact]
    public void NothingThatIsNotFiniteComesOfAMapOfOnePixel()
    {
        CameraMotion found = CameraFit.Fit([3, 4], 1, 1, 1);
        Assert.True(float.IsFinite(found.At(1, 1).U) && float.IsFinite(found.At(1, 1).V));
    }

    /// <summary>A strong zoom has no commonest motion to begin with.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(-200)]
    public void AZoomIsFound(float zoom)
    {
        CameraMotion found = Fit((x, y) => (zoom * x, zoom * y));
        Assert.Equal(zoom, found.U.AlongX, 0.005 * Math.Abs(zoom));
        Assert.Equal(zoom, found.V.AlongY, 0.005 * Math.Abs(zoom));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(-9)]
    public void OfTwoMotionsThatAreAsCommonTheFirstInTheHistogramCounts(float first) =>
        Assert.Equal(first, Fit((x, _) => (x < 0 ? first : -first, 0)).U.Shift, 0.5);

    /// <summary>Large maps are looked at in the middle of the squares of a grid.</summary>
    [Fact]
    public void SamplesLieInTheMiddleOfTheirSquares()
    {
        const int side = 250, step = 3;
        float[] flow = new float[2 * side * side];
        for (int i = 0; i < side * side; i++)
            if (i % side % step == 1 && i / side % step == 1)
                flow[i] = 5;
        Assert.Equal(5, CameraFit.Fit(flow, side, side, 1).U.Shift, 0.01);
    }

    private static bool IsNearBorder(float x, float y, float share) => Math.Max(Math.Abs(x), Math.Abs(y)) > 1 - 2 * share;

    private static CameraMotion Fit(Func<float, float, (float U, float V)> motion, float unit = 1)
    {
        float[] flow = new float[2 * Size * Size];
        for (int i = 0; i < Size * Size; i++)
            (flow[i], flow[Size * Size + i]) = motion(CameraFit.Position(i % Size, Size), CameraFit.Position(i / Size, Size));
        return CameraFit.Fit(flow, Size, Size, unit);
    }
}
