using SspNative.Model.Media;
using Xunit;

namespace SspNative.Tests.Media;

public class PictureTests
{
    [Fact]
    public void AnOverlayTintsInsideAndDrawsTheRimInItsCasing()
    {
        var frame = new Image(7, 7);
        Array.Fill(frame.Rgb, (byte)100);
        (byte r, byte g, byte b) = Highlight.Colour(1);
        Image painted = new Overlay(Square(7, 2), []).Paint(frame);
        Assert.Equal([100, 100, 100], painted[0, 0].ToArray());
        Assert.Equal([16, 16, 16], painted[1, 3].ToArray());
        Assert.Equal([r, g, b], painted[2, 3].ToArray());
        Assert.Equal([.. new[] { r, g, b }.Select(c => (byte)MathF.Round(60 + 0.4f * c))], painted[3, 3].ToArray());
        Assert.All(frame.Rgb, value => Assert.Equal(100, value));
        Assert.Throws<ArgumentException>(() => new Overlay(Square(8, 2), []).Paint(frame));
    }

    [Fact]
    public void MarksShowOnAnyPicture()
    {
        for (int label = 1; label <= 70; label++)
        {
            (byte r, byte g, byte b) = Highlight.Colour((byte)label);
            foreach (byte[] colour in new byte[][] { [0, 0, 0], [255, 255, 255], [100, 20, 20], [r, g, b] })
            {
                var frame = new Image(40, 40, [.. Enumerable.Range(0, 1600).SelectMany(_ => colour)]);
                LabelMap labels = Square(40, 10);
                for (int i = 0; i < labels.Labels.Length; i++)
                    labels.Labels[i] *= (byte)label;
                Image painted = new Overlay(labels, []).Paint(frame);
                int strongest = Enumerable.Range(0, 40).Max(x => Enumerable.Range(0, 3).Max(c => Math.Abs(painted[x, 20][c] - colour[c])));
                Assert.True(strongest >= 90, $"label {label} on {string.Join(' ', colour)}: {strongest}");
            }
        }
    }

    [Fact]
    public void LabelsBesideEachOtherHaveColoursFarApart()
    {
        for (int label = 1; label < 70; label++)
            for (int other = label + 1; other <= Math.Min(70, label + 4); other++)
            {
                (byte r, byte g, byte b) = Highlight.Colour((byte)label);
                (byte r2, byte g2, byte b2) = Highlight.Colour((byte)other);
                Assert.True(Math.Abs(r - r2) + Math.Abs(g - g2) + Math.Abs(b - b2) >= 60, $"{label} and {other}");
            }
    }

    [Theory]
    [InlineData(320, 240)]
    [InlineData(60, 40)]
    [InlineData(6, 4)]
    public void CaptionsAreDrawnWhereThereIsRoom(int width, int height)
    {
        var frame = new Image(width, height);
        OverlayCaption[] captions = [new(1, "clock 0.98", width - 1, 0), new(2, "a guitar of a very long name 0.50", 0, height - 1)];
        Image painted = new Overlay(new LabelMap(width, height), captions).Paint(frame);
        Assert.Equal((width, width > 6), (width, painted.Rgb.Max() > 200));
    }

    private static LabelMap Square(int side, int margin)
    {
        var labels = new LabelMap(side, side);
        for (int y = margin; y < side - margin; y++)
            for (int x = margin; x < side - margin; x++)
                labels.Labels[y * side + x] = 1;
        return labels;
    }

    [Fact]
    public void GrayscaleClamps()
    {
        Assert.Equal([0, 0, 0, 128, 128, 128, 255, 255, 255], MapPictures.Grayscale([-1, 0.5f, 2], 3, 1).Rgb);
        Assert.Throws<ArgumentException>(() => MapPictures.Grayscale([0], 2, 1));
    }

    [Fact]
    public void FlowIsAColourWheelAroundWhite()
    {
        // Still, right, left, and a third of a turn from right towards down.
        float third = MathF.Sqrt(3) / 2;
        Image picture = MapPictures.Flow([0, 4, -4, -2, 0, 0, 0, 4 * third], 4, 1, 4);
        Assert.Equal([255, 255, 255], picture[0, 0].ToArray());
        Assert.Equal([255, 0, 0], picture[1, 0].ToArray());
        Assert.Equal([0, 255, 255], picture[2, 0].ToArray());
        Assert.Equal([0, 255, 0], picture[3, 0].ToArray());
        Assert.Equal([255, 128, 128], MapPictures.Flow([2, 0], 1, 1, 4).Rgb);
    }
}
