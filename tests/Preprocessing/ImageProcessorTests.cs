using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Preprocessing;

public class ImageProcessorTests
{
    [Fact]
    public void Mask2FormerMatchesTheReferenceExactly()
    {
        var reference = new HostReference("image/mask2former-preprocess");
        float[] pixels = new float[3 * 384 * 384];
        Mask2FormerImageProcessor.Process(ReferenceImage(reference), pixels);
        Assert.Equal(reference.Floats("output.pixel_values"), pixels);
    }

    [Fact]
    public void ClipMatchesTheReferenceExactly()
    {
        var reference = new HostReference("image/clip-preprocess");
        float[] pixels = new float[3 * 224 * 224];
        ClipImageProcessor.Process(ReferenceImage(reference), pixels);
        Assert.Equal(reference.Floats("output.pixel_values"), pixels);
    }

    [Theory]
    [InlineData(ResampleFilter.Bilinear)]
    [InlineData(ResampleFilter.Bicubic)]
    public void ResizingKeepsAConstantPicture(ResampleFilter filter)
    {
        var image = new Image(37, 23);
        Array.Fill(image.Rgb, (byte)201);
        foreach ((int width, int height) in new[] { (5, 7), (37, 61), (90, 3), (1, 1) })
            Assert.All(PilResize.Resize(image, width, height, filter).Rgb, value => Assert.Equal(201, value));
    }

    [Fact]
    public void ResizingToTheSameSizeChangesNothing()
    {
        var image = new Image(3, 2, [.. Enumerable.Range(0, 18).Select(i => (byte)(i * 14))]);
        Assert.Equal(image.Rgb, PilResize.Resize(image, 3, 2, ResampleFilter.Bicubic).Rgb);
    }

    [Fact]
    public void ShrinkingByTwoAveragesWithATriangle()
    {
        // Support 2 around the centre of output 0 at input position 1: weights (¾, ¾, ¼) before normalisation.
        var image = new Image(4, 1, [0, 0, 0, 70, 70, 70, 140, 140, 140, 210, 210, 210]);
        Image half = PilResize.Resize(image, 2, 1, ResampleFilter.Bilinear);
        Assert.Equal(50, half[0, 0][0]);
        Assert.Equal(160, half[1, 0][0]);
    }

    [Fact]
    public void AnUnfittingDestinationIsAnError()
    {
        var image = new Image(8, 8);
        Assert.Throws<ArgumentException>(() => Mask2FormerImageProcessor.Process(image, new float[7]));
    }

    private static Image ReferenceImage(HostReference reference)
    {
        int[] shape = reference.Shape("input.image");
        return new Image(shape[1], shape[0], reference.Bytes("input.image"));
    }
}
