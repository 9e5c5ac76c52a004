using System.Diagnostics;
using System.Text.Json;
using SspNative.Engine;
using SspNative.Lab;
using SspNative.Model.Config;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Config;

/// <summary>Whatever stands in a member of a configuration: the model is counted, or one short line says why not.</summary>
public sealed class ConfigFuzzTests
{
    public static TheoryData<string> Configurations => ["full", "tiny", "semantic"];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void EveryMemberWithEveryValueWorksOrIsRefusedInOneShortLine(string name)
    {
        SspConfig config = name switch
        {
            "full" => SspConfig.Full(SegmentationTask.Avs),
            "tiny" => TinyModel.Binary,
            _ => TinyModel.Semantic with { TextFusion = TextFusion.Attention },
        };
        string json = JsonSerializer.Serialize(config, ConfigJson.Options);
        (int worked, int refused) = MemberFuzz.Run(json, Refusal);
        Assert.True(worked > 20 && refused > 500, $"{worked} worked, {refused} were refused");
    }

    [Fact]
    public void TheLargestSizesAreCounted()
    {
        SspConfig largest = new()
        {
            Task = SegmentationTask.Avss,
            ImageSize = 2048,
            NumLabels = 256,
            AudioHidden = 65_536,
            Swin = new SwinConfig { EmbedDim = 8192, Depths = [200, 200, 200, 200], NumHeads = [8192, 8192, 8192, 8192], WindowSize = 64, MlpRatio = 64 },
            Mask2former = new Mask2FormerConfig
            {
                FeatureSize = 65_536,
                MaskFeatureSize = 65_536,
                HiddenDim = 65_536,
                EncoderFeedforwardDim = 65_536,
                EncoderLayers = 50,
                DecoderLayers = 50,
                NumAttentionHeads = 1,
                DimFeedforward = 65_536,
                NumQueries = 4096,
            },
            Clip = new ClipVisionConfig
            {
                HiddenSize = 65_536,
                IntermediateSize = 65_536,
                NumHiddenLayers = 200,
                NumAttentionHeads = 1,
                ImageSize = 2048,
            },
            Text = new BertConfig
            {
                VocabSize = 10_000_000,
                HiddenSize = 65_536,
                EncoderHiddenSize = 65_536,
                NumHiddenLayers = 200,
                IntermediateSize = 65_536,
                NumAttentionHeads = 65_536,
                MaxPositionEmbeddings = 65_536,
            },
            Vggish = new VggishConfig { Channels = [65_536, 65_536, 65_536, 65_536], HiddenSize = 65_536 },
            Flow = new PerceiverFlowConfig
            {
                TrainSize = [2048, 2048],
                NumLatents = 16_384,
                DLatents = 16_384,
                NumBlocks = 16,
                NumSelfAttendsPerBlock = 200,
                SelfAttentionWideningFactor = 8,
                CrossAttentionWideningFactor = 8,
            },
        };
        var clock = Stopwatch.StartNew();
        Assert.Null(Refusal(JsonSerializer.Serialize(largest, ConfigJson.Options)));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    // Null where the model of the configuration is counted, else why it is not.
    private static string? Refusal(string json)
    {
        try
        {
            Assert.All(ModelSummary.Describe(ConfigJson.Parse<SspConfig>(json)), part => Assert.True(part.Parameters > 0 && part.Flops > 0));
            return null;
        }
        catch (Exception e) when (e is InputException or InvalidDataException)
        {
            return e.Message;
        }
    }
}
