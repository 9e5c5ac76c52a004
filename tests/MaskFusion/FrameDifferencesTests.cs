using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>How well the flow and the camera's motion explain a pair of frames.</summary>
public sealed class FrameDifferencesTests
{
    private const int Width = 14, Height = 11;

    private static readonly CameraMotion _camera = new((1.5f, 0.7f, -0.4f), (-0.8f, 0.3f, 1.1f));

    /// <summary>Frames of the flow's size, and of twice that, whose flow counts their own pixels.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void EachIsTheMeanDifferenceOfTheColoursAroundAPixel(int scale)
    {
        const float unit = 1.6f;
        Image first = Random(1, scale), second = Random(2, scale);
        var random = new Random(3);
        float[] flow = [.. Enumerable.Range(0, 2 * Width * Height).Select(_ => scale * 6 * (random.NextSingle() - 0.5f))];
        var differences = new FrameDifferences(Width, Height);
        differences.Measure(first, second, flow, _camera, unit);

        (Image from, Image to) = (Small(first), Small(second));
        double[] alongFlow = Expected(from, to, (x, y) => (flow[y * Width + x] / scale, flow[(Height + y) * Width + x] / scale));
        double[] alongCamera = Expected(from, to, (x, y) =>
        {
            (float u, float v) = _camera.At((2 * x + 1f) / Width - 1, (2 * y + 1f) / Height - 1);
            return (u / unit / scale, v / unit / scale);
        });
        AssertClose(alongFlow, differences.AlongFlow);
        AssertClose(alongCamera, differences.AlongCamera);
        double[] least = [.. alongFlow.Zip(alongCamera, Math.Min).Order()];
        Assert.Equal(least[least.Length / 4], differences.Noise, 1e-3);
    }

    private static double[] Expected(Image from, Image to, Func<int, int, (double U, double V)> motion)
    {
        double[] single =
        [
            .. Enumerable.Range(0, Width * Height).Select(i =>
            {
                (int x, int y) = (i % Width, i / Width);
                (double u, double v) = motion(x, y);
                return Enumerable.Range(0, 3).Average(c => Math.Abs(At(to, x + u, y + v, c) - from.Rgb[3 * i + c]));
            }),
        ];
        return
        [
            .. Enumerable.Range(0, Width * Height).Select(i => Enumerable.Range(0, Width * Height)
                .Where(j => Math.Abs(j % Width - i % Width) <= 2 && Math.Abs(j / Width - i / Width) <= 2).Average(j => single[j])),
        ];
    }

    // Between pixels; beyond the picture its border.
    private static double At(Image image, double x, double y, int channel)
    {
        (x, y) = (Math.Clamp(x, 0, Width - 1), Math.Clamp(y, 0, Height - 1));
        (int left, int top) = ((int)x, (int)y);
        double sum = 0;
        for (int corner = 0; corner < 4; corner++)
        {
            (int cx, int cy) = (Math.Min(Width - 1, left + corner % 2), Math.Min(Height - 1, top + corner / 2));
            sum += (1 - Math.Abs(x - left - corner % 2)) * (1 - Math.Abs(y - top - corner / 2)) * image.Rgb[3 * (cy * Width + cx) + channel];
        }
        return sum;
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-3);
    }

    private static Image Small(Image image) => image.Width == Width ? image : PilResize.Resize(image, Width, Height, ResampleFilter.Bilinear);

    private static Image Random(int seed, int scale)
    {
        var image = new Image(scale * Width, scale * Height);
        new Random(seed).NextBytes(image.Rgb);
        return image;
    }
}
