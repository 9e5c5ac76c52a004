using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>The whole SSP model; <c>models/synth.json</c> shows a file's form.</summary>
public sealed record SspConfig : IValidated
{
    public SegmentationTask Task { get; init; } = SegmentationTask.Avs;

    public SwinConfig Swin { get; init; } = new();

    public Mask2FormerConfig Mask2former { get; init; } = new();

    public ClipVisionConfig Clip { get; init; } = new();

    public BertConfig Text { get; init; } = new();

    public VggishConfig Vggish { get; init; } = new();

    public PerceiverFlowConfig Flow { get; init; } = new();

    public TextFusion TextFusion { get; init; } = TextFusion.Vta;

    /// <summary>Choices within the alignment; null for the plain one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VtaConfig? Vta { get; init; }

    /// <summary>
    /// Labels with the background: 2 for what sounds and what does not, or a data set's classes. Task <c>avs</c> may have classes too (not in the paper): they
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
        TextChannels = TextFusion == TextFusion.Vta && Vta is { TextKeys: true } ? Text.HiddenSize : null,
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

    /// <inheritdoc/>
    public void Validate(string path = "")
    {
        var check = new MemberCheck(path);
        Swin.Validate($"{path}swin.");
        Mask2former.Validate($"{path}mask2former.");
        Clip.Validate($"{path}clip.");
        Text.Validate($"{path}text.");
        Vggish.Validate($"{path}vggish.");
        Flow.Validate($"{path}flow.");
        if (Vta is not null && TextFusion != TextFusion.Vta)
            throw new InvalidDataException($"{path}vta has no effect, as text_fusion is not vta; leave one of them out");
        if (Vta is { EmbedVisual: true } && Clip.Tokens > Text.MaxPositionEmbeddings)
            throw new InvalidDataException(
                $"{path}vta.embed_visual gives {Clip.Tokens} visual tokens a position each; text.max_position_embeddings is {Text.MaxPositionEmbeddings}");
        // A mask holds a label in a byte.
        check.Range(NumLabels, 2, 256);
        check.Range(AudioHidden, 1, ConfigLimits.Channels);
        // The coarsest map is a 32nd of the image.
        check.Range(ImageSize, 32, Math.Min(ConfigLimits.ImageSide, ConfigLimits.GridSide * Swin.PatchSize));
    }
}
