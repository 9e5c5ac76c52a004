using SspNative.Kernels.Cpu;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Pyramid;
using Xunit;

namespace SspNative.Tests.OpticalFlow.Pyramid;

public sealed class VariationalFlowTests
{
    // A pair takes 3 MB of planes at this size, which serve again.
    [Fact]
    public void PairsOfAClipShareTheirPlanes()
    {
        var random = new Random(1);
        Image[] frames = [.. Enumerable.Range(0, 40).Select(_ => new Image(128, 128))];
        foreach (Image frame in frames)
            random.NextBytes(frame.Rgb);
        float[][] few = [.. new PyramidFlowEstimator().Estimate(frames[..5], () => { })];
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        float[][] all = [.. new PyramidFlowEstimator().Estimate(frames, () => { })];
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Assert.Equal(few, all[..few.Length]);
        Assert.True(allocated / all.Length < 1 << 20, $"{allocated / all.Length} bytes a pair");
    }

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
        float[] flow = VariationalFlow.Estimate(Draw(plane, 0, 90, 61), Draw(plane, 1, 90, 61));
        double error = EndPointError(flow, [.. Enumerable.Repeat(6.3f, 90 * 61), .. Enumerable.Repeat(-4.6f, 90 * 61)], 90 * 61);
        Assert.True(error < 0.15, $"{error}");
    }

    [Theory]
    [InlineData(384, 384, 384, 384)]
    [InlineData(100, 1474, 100, 1474)]
    [InlineData(1280, 720, 512, 288)]
    [InlineData(3840, 2160, 512, 288)]
    [InlineData(2160, 3840, 288, 512)]
    [InlineData(1_000_000, 3, 147_456, 1)]
    public void TheMapOfALargeFrameIsSmaller(int width, int height, int mapWidth, int mapHeight) =>
        Assert.Equal((mapWidth, mapHeight), VariationalFlow.MapSize(width, height));

    [Fact]
    public void AShiftOfALargePictureIsFoundInItsOwnPixels()
    {
        var plane = new PaintedBackground(BackgroundKind.Pebbles, new Rgb(0.9, 0.8, 0.7), new Rgb(0.3, 0.4, 0.2), 107, 40.5, -30.25, 5);
        Image first = Draw(plane, 0, 803, 601), second = Draw(plane, 1, 803, 601);
        ClipFlow flow = ClipFlow.Estimate(new PyramidFlowEstimator(), [first, second]);
        int pixels = flow.Width * flow.Height;
        Assert.Equal((443, 332, 803, 601), (flow.Width, flow.Height, flow.FrameWidth, flow.FrameHeight));
        double error = EndPointError(flow.Data, [.. Enumerable.Repeat(40.5f, pixels), .. Enumerable.Repeat(-30.25f, pixels)], pixels);
        Assert.True(error < 1, $"{error}");
    }

    [Fact]
    public void ThreadsOfOnePairDoNotChangeItsFlow()
    {
        SyntheticClip clip = SyntheticClip.Generate(9, 4, 203, 2);
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 1;
            float[] alone = VariationalFlow.Estimate(clip.Frames[0], clip.Frames[1]);
            foreach (int count in (int[])[2, 3, 16])
            {
                CpuThreads.Count = count;
                Assert.Equal(alone, VariationalFlow.Estimate(clip.Frames[0], clip.Frames[1]));
            }
        }
        finally
        {
            CpuThreads.Count = threads;
        }
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

    private static Image Draw(PaintedBackground plane, int frame, int width, int height)
    {
        var image = new Image(width, height);
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
