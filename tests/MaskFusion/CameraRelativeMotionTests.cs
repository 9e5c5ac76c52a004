using SspNative.Model.Data.Synthetic;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Pyramid;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>M_O that means motion: on scenes whose moving pixels are known.</summary>
public sealed class CameraRelativeMotionTests
{
    // Of a picture of 384, a second.
    private const double LeastSpeed = 1;

    // Measured with MotionMeasure.Clip: 24–78 %.
    [SkippableTheory]
    [InlineData(128, 4, null)]
    [InlineData(256, 4, null)]
    [InlineData(256, 3, 18)]
    [InlineData(256, 4, 18)]
    [InlineData(384, 2, 23)]
    public void AStillSceneWithNoiseAndCodecIsStill(int size, double sigma, int? quality)
    {
        Skip.If(quality is not null && !Programs.HasFfmpeg, "a codec needs ffmpeg on the PATH");
        for (int number = 0; number < 3; number++)
        {
            Image[] frames = [.. TestScenes.Draw(TestScenes.Still(77, number, size, 3)).Select((f, t) => TestScenes.Noisy(f, sigma, 100 * number + t))];
            if (quality is { } crf)
                frames = TestScenes.Encoded(frames, crf);
            MaskStack masks = Masks(ClipFlow.Estimate(new PyramidFlowEstimator(), frames), frames);
            for (int t = 0; t < 3; t++)
                Assert.True(Share(masks[t]) <= 0.01, $"scene {number}, frame {t}: {Share(masks[t]):p1} moves");
        }
    }

    // Measured with MotionMeasure.Clip: 97 % and more. The thing stays where it is in the picture, or in the scene.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void APanOverAStillThingLeavesTheBackgroundStill(bool passes)
    {
        double marked = 0;
        const int count = 4;
        for (int number = 0; number < count; number++)
        {
            Scene scene = TestScenes.Pan(78, number, 384, 3, 20, passes);
            Image[] frames = TestScenes.Draw(scene);
            MaskStack exact = Masks(TestScenes.ExactFlow(scene), null), estimated = Masks(ClipFlow.Estimate(new PyramidFlowEstimator(), frames), frames);
            for (int t = 0; t < 3; t++)
            {
                bool[] background = [.. SceneRenderer.Render(scene, t).Owner.Select(o => o == 0)];
                Assert.True(
                    Share(exact[t], background) <= 0.01, $"scene {number}, frame {t}: {Share(exact[t], background):p1} of the background moves by exact flow");
                marked += Share(estimated[t], background) / (3 * count);
            }
        }
        Assert.True(marked <= 0.05, $"{marked:p1} of the background moves by estimated flow");
    }

    // Measured with MotionMeasure.Clip: 0.17.
    [Fact]
    public void ByExactFlowTheMaskIsWhatMoves()
    {
        long both = 0, either = 0;
        for (int number = 0; number < 24; number++)
        {
            SyntheticClip clip = SyntheticClip.Generate(5150, number, 96, 5);
            MaskStack masks = Masks(new ClipFlow(clip.Flow, 96, 96), null);
            for (int t = 0; t < 5; t++)
            {
                bool[] moving = TestScenes.Moving(clip.Scene, t, LeastSpeed * 96 / 384);
                both += moving.Zip(masks[t].ToArray()).Count(p => p is { First: true, Second: > 0 });
                either += moving.Zip(masks[t].ToArray()).Count(p => p.First || p.Second > 0);
            }
        }
        Assert.True(both >= 0.9 * either, $"IoU {(double)both / either:0.000}");
    }

    // The clock is never in the last columns of these frames, but estimated flow runs over to them.
    [Fact]
    public void TheWallOfTheExampleStandsStill()
    {
        Image[] frames = [.. Enumerable.Range(0, 5).Select(t => Image.Load(Repository.Path($"examples/clock-and-guitar/frames/{t}.png")))];
        ClipFlow flow = ClipFlow.Estimate(new PyramidFlowEstimator(), frames);
        MaskStack before = new ClipOpticalMask(flow, 1, Tau.Default).Of([2, 3, 4]), after = Masks(flow, frames);
        bool[] wall = [.. Enumerable.Range(0, 128 * 128).Select(i => i % 128 >= 124)];
        for (int t = 2; t < 5; t++)
        {
            Assert.True(Share(before[t - 2], wall) > 0.03, $"frame {t}: {Share(before[t - 2], wall):p1} of the wall moved before");
            Assert.True(Share(after[t], wall) <= 0.01, $"frame {t}: {Share(after[t], wall):p1} of the wall moves");
            Assert.InRange(Share(after[t]), 0.1, 0.2);
        }
    }

    [Fact]
    public void TheTimeBetweenFramesDoesNotMatter()
    {
        Scene scene = SyntheticClip.Generate(5150, 0, 96, 3).Scene;
        ClipFlow second = TestScenes.ExactFlow(scene);
        ClipFlow half = second with { Data = [.. second.Data.Select(v => v / 2)], Interval = 0.5 };
        // By the same pair before and after, so that nothing is carried elsewhere.
        Assert.Equal(Masks(second, null)[0].ToArray(), Masks(half, null)[0].ToArray());
        Assert.NotEqual(0, Share(Masks(half, null)[0]));
    }

    [Fact]
    public void APairIsJudgedByItself()
    {
        float[] slow = Square(3), fast = Square(60);
        float[] alone = Masks(new ClipFlow([.. slow, .. slow], 64, 64), null)[0].ToArray();
        Assert.Equal(alone, Masks(new ClipFlow([.. slow, .. fast], 64, 64), null)[0].ToArray());
        // Of the square's corners most neighbours are at rest.
        Assert.Equal(400 - 4, alone.Count(v => v > 0));
    }

    [Fact]
    public void AZoomOfTheCameraIsNoMotion()
    {
        float[] flow = new float[2 * 64 * 64];
        for (int y = 0; y < 64; y++)
            for (int x = 0; x < 64; x++)
                (flow[y * 64 + x], flow[(64 + y) * 64 + x]) = (0.2f * (x - 20), 0.2f * (y - 40) + 3);
        for (int y = 24; y < 34; y++)
            flow.AsSpan(y * 64 + 24, 10).Fill(-9);
        MaskStack masks = Masks(new ClipFlow(flow, 64, 64), null);
        Assert.Equal(100 - 4, masks[0].ToArray().Count(v => v > 0));
    }

    [Fact]
    public void AFrameIsAskedForInAnyOrder()
    {
        SyntheticClip clip = SyntheticClip.Generate(5150, 2, 64, 5);
        var flow = new ClipFlow(clip.Flow, 64, 64);
        MaskStack inOrder = Masks(flow, clip.Frames);
        var optical = new ClipOpticalMask(flow, 1, Tau.Default, MotionMeasure.Camera, p => (clip.Frames[p], clip.Frames[p + 1]));
        MaskStack others = optical.Of([4, 1, 3, 0, 2]);
        foreach ((int place, int frame) in new[] { 4, 1, 3, 0, 2 }.Index())
            Assert.Equal(inOrder[frame].ToArray(), others[place].ToArray());
    }

    [Fact]
    public void OtsuDoesNotFindMotionInNoise()
    {
        var random = new Random(5);
        var noise = new ClipFlow([.. Enumerable.Range(0, 2 * 64 * 64).Select(_ => (float)(0.1 * (random.NextDouble() - 0.5)))], 64, 64);
        Assert.Equal(0, Share(new ClipOpticalMask(noise, 1, Tau.Otsu, MotionMeasure.Camera).Of([0])[0]));
    }

    private static float[] Square(float speed)
    {
        float[] flow = new float[2 * 64 * 64];
        for (int y = 20; y < 40; y++)
            flow.AsSpan(y * 64 + 20, 20).Fill(speed);
        return flow;
    }

    private static MaskStack Masks(ClipFlow flow, Image[]? frames) =>
        new ClipOpticalMask(flow, 1, Tau.Default, MotionMeasure.Camera, frames is null ? null : p => (frames[p], frames[p + 1]))
            .Of([.. Enumerable.Range(0, flow.Pairs + 1)]);

    private static double Share(ReadOnlySpan<float> mask) => mask.ToArray().Average();

    private static double Share(ReadOnlySpan<float> mask, bool[] of) => mask.ToArray().Zip(of).Where(p => p.Second).Average(p => p.First);
}
