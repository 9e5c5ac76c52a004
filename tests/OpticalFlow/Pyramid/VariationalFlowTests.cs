using SspNative.Kernels.Cpu;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Pyramid;
using Xunit;

namespace SspNative.Tests.OpticalFlow.Pyramid;

public sealed class VariationalFlowTests
{
    [Fact]
    public void TheEndPointErrorIsUnderHalfAPixelOnAverage()
    {
        const int size = 128, clips = 12;
        double[] errors = new double[clips];
        for (int k = 0; k < clips; k++)
        {
            SyntheticClip clip = SyntheticClip.Generate(20260, k, size, 3);
            ClipFlow flow = ClipFlow.Estimate(new PyramidFlowEstimator(), clip.Frames);
            errors[k] = EndPointError(flow.Data, clip.Flow, size * size);
        }
        Assert.True(errors.Average() < 0.35, $"mean {errors.Average():0.000}, worst {errors.Max():0.000}");
        Assert.True(errors.Max() < 0.9, $"worst {errors.Max():0.000}");
    }

    [Fact]
    public void AShiftOfTheWholePictureIsFound()
    {
        // 90×61, sides that are no multiples of a vector or of two.
        var plane = new PaintedBackground(BackgroundKind.Pebbles, new Rgb(0.9, 0.8, 0.7), new Rgb(0.3, 0.4, 0.2), 12, 6.3, -4.6, 5);
        float[] flow = VariationalFlow.Estimate(Draw(plane, 0), Draw(plane, 1));
        double error = 0;
        for (int i = 0; i < 90 * 61; i++)
            error += Math.Sqrt(Math.Pow(flow[i] - 6.3, 2) + Math.Pow(flow[90 * 61 + i] + 4.6, 2));
        Assert.True(error / (90 * 61) < 0.15, $"{error / (90 * 61)}");
    }

    [Fact]
    public void EqualFramesHaveNoFlow()
    {
        SyntheticClip clip = SyntheticClip.Generate(1, 0, 64, 1);
        Assert.All(VariationalFlow.Estimate(clip.Frames[0], clip.Frames[0]), f => Assert.Equal(0f, f));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 50)]
    [InlineData(200, 2)]
    public void FlatPicturesOfAnySizeGiveFiniteFlow(int width, int height)
    {
        Image dark = new(width, height), light = new(width, height);
        Array.Fill(light.Rgb, (byte)200);
        float[] flow = VariationalFlow.Estimate(dark, light);
        Assert.Equal(2 * width * height, flow.Length);
        Assert.All(flow, f => Assert.True(float.IsFinite(f)));
    }

    [Fact]
    public void ThreadsDoNotChangeTheFlow()
    {
        SyntheticClip clip = SyntheticClip.Generate(9, 4, 64, 5);
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 1;
            float[] alone = ClipFlow.Estimate(new PyramidFlowEstimator(), clip.Frames).Data;
            CpuThreads.Count = 4;
            int steps = 0;
            Assert.Equal(alone, new PyramidFlowEstimator().Estimate(clip.Frames, () => steps++).SelectMany(f => f));
            Assert.Equal(4, steps);
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    private static Image Draw(Background plane, int frame)
    {
        var image = new Image(90, 61);
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
            {
                Rgb colour = plane.At(x, y, frame);
                Span<byte> pixel = image[x, y];
                (pixel[0], pixel[1], pixel[2]) = ((byte)(255 * colour.R), (byte)(255 * colour.G), (byte)(255 * colour.B));
            }
        return image;
    }

    private static double EndPointError(float[] flow, float[] exact, int pixels)
    {
        double sum = 0;
        int pairs = exact.Length / (2 * pixels);
        for (int t = 0; t < pairs; t++)
            for (int i = 2 * t * pixels; i < (2 * t + 1) * pixels; i++)
                sum += Math.Sqrt(Math.Pow(flow[i] - exact[i], 2) + Math.Pow(flow[i + pixels] - exact[i + pixels], 2));
        return sum / (pairs * pixels);
    }
}
