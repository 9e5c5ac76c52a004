using System.Text.Json;
using SspNative.Engine;
using SspNative.Model.MaskFusion;
using Xunit;

namespace SspNative.Tests.MaskFusion;

/// <summary>What mask fusion refuses, and what it says.</summary>
public class MaskFusionErrorTests
{
    [Theory]
    [InlineData(3, 4, 4)]
    [InlineData(4, 3, 4)]
    [InlineData(4, 4, 3)]
    [InlineData(4, 4, 5)]
    public void FusedMasksMustHaveOneLength(int optical, int truth, int result)
    {
        float[] o = new float[optical], t = new float[truth], r = new float[result];
        string expected = $"mask fusion: masks of {optical} and {truth} values cannot make one of {result}";
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => FusedMasks.PreMask(o, t, r)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => FusedMasks.PostMask(o, t, r)).Message);
        Assert.Equal(
            expected, Assert.Throws<ArgumentException>(() => FusedMasks.InferenceMask(InferenceMaskMode.Stage1, o, t, r)).Message);
    }

    [Theory]
    [InlineData(InferenceMaskMode.Soft)]
    [InlineData(InferenceMaskMode.Hard)]
    [InlineData(InferenceMaskMode.None)]
    public void OtherModesDoNotReadTheFirstStagesMask(InferenceMaskMode mode)
    {
        float[] mask = new float[2];
        FusedMasks.InferenceMask(mode, [1, 0], [0.25f, 0.25f, 0.25f], mask);
        Assert.Equal(1, mask[0]);
        Assert.Throws<ArgumentException>(() => FusedMasks.InferenceMask(mode, [1, 0, 1], [], mask));
        Assert.Throws<ArgumentException>(() => FusedMasks.InferenceMask(mode, [1], [], mask));
    }

    [Theory]
    [InlineData(8, 2, 3)]
    [InlineData(10, 2, 5)]
    [InlineData(6, 2, 3)]
    public void GrayscaleTakesWholeMapsOfTwoComponents(int flow, int pixels, int gray) => Refused(
        "Grayscale", flow, gray, pixels, () => OpticalMask.Grayscale(new float[flow], pixels, new float[gray]));

    [Theory]
    [InlineData(0, 2, 2)]
    [InlineData(3, 2, 5)]
    [InlineData(4, 2, 4)]
    [InlineData(4, 2, 8)]
    public void TheTemporalMeanMakesOneMapMore(int gray, int pixels, int temporal) => Refused(
        "TemporalMean", gray, temporal, pixels, () => OpticalMask.TemporalMean(new float[gray], pixels, new float[temporal]));

    [Theory]
    [InlineData(6, 2, 5)]
    [InlineData(4, 2, 3)]
    public void AMaskIsMadeOfWholePairs(int flow, int pixels, int mask) => Refused(
        "FromFlow", flow, mask, pixels, () => OpticalMask.FromFlow(new float[flow], pixels, Tau.Default, new float[mask]));

    [Fact]
    public void EveryModeHasItsName()
    {
        foreach (InferenceMaskMode mode in Enum.GetValues<InferenceMaskMode>())
            Assert.Equal(mode, InferenceMaskModes.Parse(mode.ToString()));
        Assert.Throws<InputException>(() => InferenceMaskModes.Parse(""));
    }

    [Fact]
    public void TauIsWithinZeroAndOne()
    {
        Assert.StartsWith("tau must be a number from 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => Tau.Of(2)).Message);
        Assert.False(Tau.TryParse("2", out Tau tau));
        Assert.Equal(Tau.Default, tau);
    }

    [Theory]
    [InlineData("\"otsu\"")]
    [InlineData("\"0.25\"")]
    public void TauInJsonIsAText(string json) => Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<Tau>(json)));

    [Theory]
    [InlineData("0.25")]
    [InlineData("\"2\"")]
    [InlineData("null")]
    public void AnyOtherTauInJsonIsRefused(string json) => Assert.Contains(
        "it must be a text: a number from 0 to 1, or otsu", Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Tau>(json)).Message);

    private static void Refused(string function, int input, int output, int pixels, Action action) => Assert.Equal(
        $"{function}: {input} values in and {output} out do not fit maps of {pixels} pixels", Assert.Throws<ArgumentException>(action).Message);
}
