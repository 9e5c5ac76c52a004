using SspNative.Model.Media;
using Xunit;

namespace SspNative.Tests.Media;

public class PictureTests
{
    [Fact]
    public void AnOverlayBlendsInsideAndDrawsTheRim()
    {
        var frame = new Image(7, 7);
        Array.Fill(frame.Rgb, (byte)100);
        var labels = new LabelMap(7, 7);
        for (int y = 1; y < 6; y++)
            for (int x = 1; x < 6; x++)
                labels.Labels[y * 7 + x] = 1;
        Image painted = Overlay.Paint(frame, labels);
        Assert.Equal([100, 100, 100], painted[0, 0].ToArray());
        Assert.Equal([128, 0, 0], painted[1, 3].ToArray());
        Assert.Equal([114, 50, 50], painted[3, 3].ToArray());
        Assert.All(frame.Rgb, value => Assert.Equal(100, value));
        Assert.Throws<ArgumentException>(() => Overlay.Paint(frame, new LabelMap(7, 6)));
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
