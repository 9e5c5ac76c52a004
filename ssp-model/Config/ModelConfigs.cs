using System.Text.Json;
using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>The two stages of AAVS and SSP.</summary>
public enum SegmentationTask
{
    /// <summary>Binary masks: which pixels sound.</summary>
    [JsonStringEnumMemberName("avs")]
    Avs,

    /// <summary>Semantic masks: which class sounds where, given the binary masks of the first stage.</summary>
    [JsonStringEnumMemberName("avss")]
    Avss,
}

/// <summary>Swin transformer. The defaults are Swin-B as in facebook/mask2former-swin-base-ade-semantic.</summary>
public sealed record SwinConfig
{
    public int EmbedDim { get; init; } = 128;

    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 18, 2];

    public IReadOnlyList<int> NumHeads { get; init; } = [4, 8, 16, 32];

    public int WindowSize { get; init; } = 12;

    public float MlpRatio { get; init; } = 4f;

    public int PatchSize { get; init; } = 4;

    public float LayerNormEps { get; init; } = 1e-5f;

    public bool QkvBias { get; init; } = true;

    /// <summary>Whether the blocks carry AAVS's adapters.</summary>
    public bool Adapters { get; init; } = true;

    /// <summary>Channels of stage i: EmbedDim · 2ⁱ.</summary>
    public int Channels(int stage) => EmbedDim << stage;
}

/// <summary>Mask2Former's pixel decoder and masked-attention decoder.</summary>
public sealed record Mask2FormerConfig
{
    /// <summary>Channels of the pixel decoder.</summary>
    public int FeatureSize { get; init; } = 256;

    public int MaskFeatureSize { get; init; } = 256;

    /// <summary>Channels of the queries.</summary>
    public int HiddenDim { get; init; } = 256;

    public int EncoderFeedforwardDim { get; init; } = 1024;

    public int EncoderLayers { get; init; } = 6;

    /// <summary>Published count; one less layers are built, the first prediction being made before any layer.</summary>
    public int DecoderLayers { get; init; } = 10;

    public int NumAttentionHeads { get; init; } = 8;

    public int DimFeedforward { get; init; } = 2048;

    public int NumQueries { get; init; } = 30;
}

/// <summary>What joins the prompts with the final features; the rows of the paper's text ablation.</summary>
public enum TextFusion
{
    /// <summary>Visual-textual alignment (§4.3 of the paper).</summary>
    [JsonStringEnumMemberName("vta")]
    Vta,

    /// <summary>Cross attention from the final features to the text alone.</summary>
    [JsonStringEnumMemberName("att")]
    Attention,

    /// <summary>No text: AAVS.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}

/// <summary>AAVS: Mask2Former with adapters, audio queries and, for <c>avss</c>, mask guidance.</summary>
public sealed record AavsConfig
{
    public SegmentationTask Task { get; init; } = SegmentationTask.Avs;

    public SwinConfig Swin { get; init; } = new();

    public Mask2FormerConfig Mask2former { get; init; } = new();

    public int NumLabels { get; init; } = 2;

    public int AudioHidden { get; init; } = 512;
}

/// <summary>CLIP's vision transformer. The defaults are openai/clip-vit-base-patch16.</summary>
public sealed record ClipVisionConfig
{
    public int HiddenSize { get; init; } = 768;

    public int IntermediateSize { get; init; } = 3072;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    public int ImageSize { get; init; } = 224;

    public int PatchSize { get; init; } = 16;

    public string HiddenAct { get; init; } = "quick_gelu";

    public float LayerNormEps { get; init; } = 1e-5f;
}

/// <summary>BERT, and BLIP's text encoder (which has cross attention and no token types).</summary>
public sealed record BertConfig
{
    public int VocabSize { get; init; } = 30524;

    public int HiddenSize { get; init; } = 768;

    /// <summary>Channels that cross attention reads.</summary>
    public int EncoderHiddenSize { get; init; } = 768;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    public int IntermediateSize { get; init; } = 3072;

    public int MaxPositionEmbeddings { get; init; } = 512;

    public int TypeVocabSize { get; init; } = 2;

    public float LayerNormEps { get; init; } = 1e-12f;

    public string HiddenAct { get; init; } = "gelu";
}

/// <summary>VGGish. The defaults are the published network; an embedding always has 128 channels.</summary>
public sealed record VggishConfig
{
    /// <summary>Channels of the convolutions before each of the four poolings.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [64, 128, 256, 512];

    /// <summary>Width of the two hidden linear layers.</summary>
    public int HiddenSize { get; init; } = 4096;
}

/// <summary>
/// Perceiver IO for optical flow. The defaults are deepmind/optical-flow-perceiver. Published files also hold a layer_norm_eps, which the
/// published network ignores.
/// </summary>
public sealed record PerceiverFlowConfig
{
    /// <summary>Height and width the network was trained at, and runs at.</summary>
    public IReadOnlyList<int> TrainSize { get; init; } = [368, 496];

    public int NumLatents { get; init; } = 2048;

    public int DLatents { get; init; } = 512;

    public int NumBlocks { get; init; } = 1;

    public int NumSelfAttendsPerBlock { get; init; } = 24;

    public int NumSelfAttentionHeads { get; init; } = 16;

    public int NumCrossAttentionHeads { get; init; } = 1;

    public int SelfAttentionWideningFactor { get; init; } = 1;

    public int CrossAttentionWideningFactor { get; init; } = 1;
}

/// <summary>The whole SSP model; see the README for a file's form.</summary>
public sealed record SspConfig
{
    public SegmentationTask Task { get; init; } = SegmentationTask.Avs;

    public SwinConfig Swin { get; init; } = new();

    public Mask2FormerConfig Mask2former { get; init; } = new();

    public ClipVisionConfig Clip { get; init; } = new();

    public BertConfig Text { get; init; } = new();

    public VggishConfig Vggish { get; init; } = new();

    public PerceiverFlowConfig Flow { get; init; } = new();

    public TextFusion TextFusion { get; init; } = TextFusion.Vta;

    /// <summary>
    /// Labels with the background: 2 for what sounds and what does not, or a data set's classes. Task <c>avs</c> may have classes too [ours]: they
    /// guide its training, and its masks are their union.
    /// </summary>
    public int NumLabels { get; init; } = 2;

    /// <summary>Whether labels tell classes and not only what sounds.</summary>
    [JsonIgnore]
    public bool HasClasses => NumLabels > 2;

    public int AudioHidden { get; init; } = 512;

    /// <summary>Side of the square that frames are stretched to.</summary>
    public int ImageSize { get; init; } = 384;

    [JsonIgnore]
    public AavsConfig Aavs => new()
    {
        Task = Task,
        Swin = Swin,
        Mask2former = Mask2former,
        NumLabels = NumLabels,
        AudioHidden = AudioHidden,
    };

    /// <summary>The binary stage that comes before a semantic model of these sizes.</summary>
    [JsonIgnore]
    public SspConfig BinaryStage => this with
    {
        Task = SegmentationTask.Avs,
        NumLabels = 2,
        Mask2former = Mask2former with { NumQueries = 30 },
    };

    /// <summary>The same sizes for another task: 2 labels, or the data set's 71.</summary>
    public SspConfig ForTask(SegmentationTask task) => this with { Task = task, NumLabels = task == SegmentationTask.Avs ? 2 : 71 };

    /// <summary>The full-size model of a task: 30 queries and 2 labels, or 100 queries and 71 labels.</summary>
    public static SspConfig Full(SegmentationTask task) => task == SegmentationTask.Avs
        ? new SspConfig()
        : new SspConfig { Task = task, NumLabels = 71, Mask2former = new Mask2FormerConfig { NumQueries = 100 } };
}

/// <summary>JSON as in published config files: snake_case names.</summary>
public static class ConfigJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter() },
        WriteIndented = true,
    };

    public static T Read<T>(JsonElement json) =>
        json.Deserialize<T>(Options) ?? throw new InvalidDataException($"configuration: expected a {typeof(T).Name} object");
}
