using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Losses;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Tests.Support;

/// <summary>The tiny model of the reference cases, with a VGGish as small, and options that suit it.</summary>
internal static class TinyModel
{
    public static readonly SspConfig Binary = new()
    {
        Swin = new SwinConfig { EmbedDim = 16, Depths = [2, 2, 2, 2], NumHeads = [1, 2, 4, 8], WindowSize = 7 },
        Mask2former = new Mask2FormerConfig
        {
            FeatureSize = 64,
            MaskFeatureSize = 64,
            HiddenDim = 64,
            EncoderFeedforwardDim = 96,
            EncoderLayers = 2,
            DecoderLayers = 4,
            NumAttentionHeads = 4,
            DimFeedforward = 128,
            NumQueries = 10,
        },
        Clip = new ClipVisionConfig
        {
            HiddenSize = 40,
            IntermediateSize = 80,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            ImageSize = 48,
        },
        Text = new BertConfig
        {
            VocabSize = 120,
            HiddenSize = 48,
            EncoderHiddenSize = 48,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            IntermediateSize = 96,
            MaxPositionEmbeddings = 64,
        },
        Vggish = new VggishConfig { Channels = [4, 8, 8, 8], HiddenSize = 16 },
        AudioHidden = 32,
        ImageSize = 64,
    };

    public static readonly SspConfig Semantic = Binary with { Task = SegmentationTask.Avss, NumLabels = 8 };

    public static readonly TrainingOptions Options = new()
    {
        Seed = 7,
        Epochs = 4,
        ClipsPerStep = 2,
        Trainable = TrainableSet.All,
        Milestones = [3],
        ClipNorm = 1f,
        Criterion = new CriterionConfig { NumPoints = 128 },
    };

    public static PromptTokenizer Tokenizer { get; } = PromptTokenizer.Hashing(Binary.Text.VocabSize);

    /// <summary>A device of the test's own, whose buffers nobody else counts.</summary>
    public static IDevice Device() => TestDevices.Own();

    public static TrainingModel Create(SspConfig config, IDevice device) => new(config, new ProceduralSource(1), device);

    /// <summary>All weights by name.</summary>
    public static Dictionary<string, float[]> Weights(TrainingModel model) =>
        model.Parameters.Names.ToDictionary(n => n, n => model.Parameters[n].ToArray());
}
