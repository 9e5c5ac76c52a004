using SspNative.Lab;
using SspNative.Model.Config;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>The full-size model runs on a device that computes nothing, and has as many parameters as the published ones.</summary>
public sealed class ModelSizeTests
{
    private const double Giga = 1e9;

    [Theory]
    [InlineData(SegmentationTask.Avs, 5_348_160, 14_326_595)]
    [InlineData(SegmentationTask.Avss, 5_742_912, 14_973_064)]
    public void TheFullModelHasThePublishedParameters(SegmentationTask task, long pixelDecoder, long queryDecoder)
    {
        Dictionary<string, long> parameters = ModelSummary.Describe(SspConfig.Full(task)).ToDictionary(c => c.Name, c => c.Parameters);
        Assert.Equal(72_141_184, parameters["VGGish"]);
        Assert.Equal(85_799_424, parameters["CLIP vision"]);
        Assert.Equal(41_057_134, parameters["Perceiver IO flow"]);
        Assert.Equal(93_890_040, parameters["Swin backbone"]); // with adapters
        Assert.Equal(138_243_328, parameters["Visual-textual alignment"]);
        Assert.Equal(pixelDecoder, parameters["Pixel decoder"]);
        Assert.Equal(queryDecoder, parameters["Query decoder"]);
    }

    /// <summary>
    /// VGGish's convolutions and layers: 2 · Σ positions · kernel · channels · channels, a count made by hand.
    /// </summary>
    [Fact]
    public void OperationsAreThoseOfTheLayers()
    {
        (int Positions, int Kernel, int In, int Out)[] layers =
        [
            (96 * 64, 9, 1, 64), (48 * 32, 9, 64, 128), (24 * 16, 9, 128, 256), (24 * 16, 9, 256, 256), (12 * 8, 9, 256, 512),
            (12 * 8, 9, 512, 512), (1, 1, 12288, 4096), (1, 1, 4096, 4096), (1, 1, 4096, 128),
        ];
        double byHand = layers.Sum(l => 2.0 * l.Positions * l.Kernel * l.In * l.Out);
        ModuleCost vggish = ModelSummary.Describe(SspConfig.Full(SegmentationTask.Avs)).Single(c => c.Name == "VGGish");
        Assert.InRange(vggish.Flops, byHand, byHand + 0.01 * Giga); // poolings count a little more
    }
}
