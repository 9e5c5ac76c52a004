using SspNative.Engine;
using SspNative.Model.MaskFusion;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.MaskFusion;

public class MaskFusionTests
{
    [Fact]
    public void EveryStepMatchesTheReferenceExactly()
    {
        var reference = new HostReference("ssp/mask-fusion");
        float[] flow = reference.Floats("input.flow"), truth = reference.Floats("input.ground_truth");
        int pixels = 24 * 36;
        float[] gray = new float[3 * pixels], temporal = new float[4 * pixels], optical = new float[4 * pixels];
        float[] pre = new float[4 * pixels], post = new float[4 * pixels], soft = new float[4 * pixels];
        OpticalMask.Grayscale(flow, pixels, gray);
        OpticalMask.TemporalMean(gray, pixels, temporal);
        OpticalMask.FromFlow(flow, pixels, Tau.Default, optical);
        FusedMasks.PreMask(optical, truth, pre);
        FusedMasks.PostMask(optical, truth, post);
        FusedMasks.InferenceMask(InferenceMaskMode.Soft, optical, [], soft);

        Assert.Equal(reference.Floats("output.grayscale"), gray);
        Assert.True(HostReference.RelativeError(temporal, reference.Floats("output.temporal")) < 1e-7);
        Assert.Equal(reference.Floats("output.optical_mask"), optical);
        Assert.Equal(reference.Floats("output.pre_mask"), pre);
        Assert.Equal(reference.Floats("output.post_mask"), post);
        Assert.Equal(reference.Floats("output.inference_mask"), soft);
    }

    [Fact]
    public void AClipOfOneFrameMovesEverywhere()
    {
        float[] mask = new float[6];
        OpticalMask.FromFlow([], 6, Tau.Default, mask);
        Assert.All(mask, v => Assert.Equal(1, v));
    }

    [Fact]
    public void AStillClipMovesNowhere()
    {
        foreach (Tau tau in new[] { Tau.Default, Tau.Otsu })
        {
            float[] mask = new float[8];
            OpticalMask.FromFlow(new float[8], 4, tau, mask);
            Assert.All(mask, v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void OtsuSeparatesTwoClusters()
    {
        float threshold = OpticalMask.OtsuThreshold([0.1f, 0.12f, 0.11f, 0.8f, 0.82f]);
        Assert.InRange(threshold, 0.12f, 0.8f);
    }

    [Theory]
    [InlineData("0.1", "0.1")]
    [InlineData("OTSU", "otsu")]
    [InlineData("0", "0")]
    [InlineData("1", "1")]
    public void TauIsReadAndWritten(string text, string written) => Assert.Equal(written, Tau.Parse(text).ToString());

    [Fact]
    public void BothEndsOfTheRangeOfTauAreTaus()
    {
        Assert.Equal(0, Tau.Of(0).Value);
        Assert.Equal(1, Tau.Of(1).Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tau.Of(-0.001f));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tau.Of(1.001f));
    }

    [Fact]
    public void MotionAboveTheFloorIsRelativeToTheStrongestAndBelowItToTheFloor()
    {
        float[] gray = new float[2];
        OpticalMask.Grayscale([3e-6f, 1.5e-6f, 0, 0], 2, gray);
        Assert.Equal([1, 0.5f], gray);
        OpticalMask.Grayscale([5e-7f, 0, 0, 0], 2, gray);
        Assert.Equal(0.5f, gray[0], 1e-5f);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("-0.1")]
    [InlineData("NaN")]
    [InlineData("mean")]
    public void AWrongTauIsAnErrorThatQuotesIt(string text) =>
        Assert.Contains(text, Assert.Throws<InputException>(() => Tau.Parse(text)).Message);

    [Fact]
    public void ModesAreRead()
    {
        Assert.Equal(InferenceMaskMode.Stage1, InferenceMaskModes.Parse("stage1"));
        Assert.Equal(InferenceMaskMode.Soft, InferenceMaskModes.Parse("Soft"));
        Assert.Contains("\"stage2\"", Assert.Throws<InputException>(() => InferenceMaskModes.Parse("stage2")).Message);
    }

    [Fact]
    public void LengthsMustAgree()
    {
        Assert.Throws<ArgumentException>(() => FusedMasks.PreMask(new float[3], new float[4], new float[3]));
        Assert.Throws<ArgumentException>(
            () => FusedMasks.InferenceMask(InferenceMaskMode.Stage1, new float[3], [], new float[3]));
        Assert.Throws<ArgumentException>(() => OpticalMask.FromFlow(new float[8], 4, Tau.Default, new float[4]));
        Assert.Throws<ArgumentException>(() => OpticalMask.FromFlow([], 4, Tau.Default, new float[8]));
    }
}
