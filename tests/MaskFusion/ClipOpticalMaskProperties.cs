using FsCheck.Xunit;
using SspNative.Engine.Diagnostics;
using SspNative.Model.MaskFusion;
using SspNative.Model.OpticalFlow;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>M_O frame by frame is M_O of the whole clip.</summary>
[Properties(Arbitrary = [typeof(MaskFusionGenerators)])]
public class ClipOpticalMaskProperties
{
    [Property]
    public bool FramesInAnyOrderAreTheClipsMasks(MapList maps, int seed)
    {
        ClipFlow flow = Flow(maps);
        int[] frames = [.. Enumerable.Range(0, maps.Count + 1), 0];
        new Random(seed).Shuffle(frames);
        MaskStack masks = new ClipOpticalMask(flow, 1, Tau.Default).Of(frames);
        float[] whole = Whole(flow, Tau.Default);
        return masks.Frames == frames.Length && (masks.Height, masks.Width) == (1, maps.Pixels)
            && frames.Select((frame, i) => masks[i].SequenceEqual(whole.AsSpan(frame * maps.Pixels, maps.Pixels))).All(equal => equal);
    }

    [Property]
    public bool OtsusThresholdIsThatOfTheWholeClip(MapList maps)
    {
        ClipFlow flow = Flow(maps);
        float[] gray = new float[maps.Values.Length], temporal = new float[gray.Length + maps.Pixels];
        OpticalMask.Grayscale(flow.Data, maps.Pixels, gray);
        OpticalMask.TemporalMean(gray, maps.Pixels, temporal);
        float threshold = OpticalMask.OtsuThreshold(temporal);
        return Whole(flow, Tau.Otsu).SequenceEqual(temporal.Select(v => v > threshold ? 1f : 0f));
    }

    [Property]
    public bool TheStrongestMotionIsTheLongestVector(MapList maps)
    {
        double longest = maps.Values.Max(u => Math.Sqrt((double)u * u + (double)(u / 2) * (u / 2)));
        return new ClipOpticalMask(Flow(maps), 1, Tau.Default).Strongest == Math.Max(longest, 1e-6);
    }

    [Fact]
    public void MotionEqualToTheThresholdDoesNotCount()
    {
        float[] mask = new float[4];
        OpticalMask.FromFlow([4, 2, 0, 0], 2, Tau.Of(0.5f), mask);
        Assert.Equal([1, 0, 1, 0], mask);
        OpticalMask.FromFlow([4, 0, 0, 0], 2, Tau.Of(0), mask);
        Assert.Equal([1, 0, 1, 0], mask);
    }

    [Fact]
    public void WithoutFlowEverythingMovesAtTheModelsSize()
    {
        var optical = new ClipOpticalMask(null, 3, Tau.Otsu);
        Assert.Equal((3, 3, 0.0), (optical.Height, optical.Width, optical.Strongest));
        MaskStack masks = optical.Of([4, 0]);
        Assert.Equal((2, 3, 3), (masks.Frames, masks.Height, masks.Width));
        Assert.All(masks.Values, v => Assert.Equal(1, v));
    }

    [Fact]
    public void AClipOfOneFrameKeepsItsFlowsSize()
    {
        var optical = new ClipOpticalMask(new ClipFlow([], 2, 5), 9, Tau.Default);
        Assert.Equal((2, 5), (optical.Height, optical.Width));
    }

    [Fact]
    public void AStackIsIndexedByFrame()
    {
        var stack = new MaskStack(3, 2, 4);
        Assert.Equal((3, 24), (stack.Frames, stack.Values.Length));
        stack[2].Fill(1);
        Assert.Equal(8, stack[1].Length);
        Assert.Equal(16, Array.IndexOf(stack.Values, 1));
        Assert.Equal(8, stack.Values.Count(v => v == 1));
    }

    [Fact]
    public void AProfileNamesBothPasses()
    {
        using var profiler = new Profiler();
        var optical = new ClipOpticalMask(new ClipFlow([1, 0], 1, 1), 1, Tau.Default);
        optical.Write(0, new float[1]);
        profiler.Stop();
        Assert.Equal(["optical mask", "optical mask"], profiler.Events.Where(e => e.Kind == SpanKind.Module).Select(e => e.Name));
    }

    private static ClipFlow Flow(MapList maps) =>
        new([.. maps.Values.Chunk(maps.Pixels).SelectMany(u => u.Concat(u.Select(value => value / 2)))], 1, maps.Pixels);

    private static float[] Whole(ClipFlow flow, Tau tau)
    {
        float[] mask = new float[flow.Data.Length / 2 + flow.Width];
        OpticalMask.FromFlow(flow.Data, flow.Width, tau, mask);
        return mask;
    }
}
