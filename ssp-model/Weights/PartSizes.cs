using System.Numerics;
using SspNative.Model.Config;

namespace SspNative.Model.Weights;

/// <summary>
/// Sizes of the model that files without a card of ours say: most follow from shapes, the rest, such as the number of heads, from the published
/// <c>config.json</c> beside a file, else they are those of the published networks.
/// </summary>
internal static class PartSizes
{
    // Rows of BERT's word embeddings, and of BLIP's, which has [DEC] and [ENC] besides.
    public const int BertVocabularySize = 30522, BlipVocabularySize = 30524;

    private const string Swin = "model.model.pixel_level_module.encoder.";
    private const string Pixels = "model.model.pixel_level_module.decoder.";
    private const string Queries = "model.model.transformer_module.";
    private const string ClipModel = "clip.vision_model.";

    // Channels of an attention head of BERT and CLIP, in every size of theirs that is published.
    private const int HeadChannels = 64;

    /// <summary>The sizes of a model of the parts that were found.</summary>
    /// <exception cref="InvalidDataException">A shape is not one that the part can have, or a configuration cannot be read.</exception>
    public static SspConfig Infer(IReadOnlyList<FoundPart> parts)
    {
        var config = new SspConfig { TextFusion = TextFusion.None };
        foreach (FoundPart part in parts)
            config = part.Part.Read(config, part);
        bool Has(ModelPart part) => parts.Any(p => p.Part == part);
        if (Has(ModelPart.Text))
            config = config with
            {
                TextFusion = Has(ModelPart.Alignment) && Has(ModelPart.Clip) ? TextFusion.Vta
                    : Has(ModelPart.TextAttention) ? TextFusion.Attention : TextFusion.None,
            };
        try
        {
            config.Validate();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{string.Join(", ", parts.Select(p => p.Network.Name).Distinct())}: the shapes make no model: {e.Message}", e);
        }
        return config;
    }

    /// <summary>Whether text layers of a file have the attention to an encoder that the alignment needs.</summary>
    public static bool HasCrossAttention(FoundPart text) => CrossAttention(text) is { Rank: 2 } shape && shape[0] == shape[1];

    /// <summary>Why text layers have no such attention; null where they have.</summary>
    public static string? WhyNoCrossAttention(FoundPart text) =>
        HasCrossAttention(text) ? null
        : CrossAttention(text) is { Rank: 2 } shape ? $"its cross attention reads tokens of {shape[1]} channels, not of {shape[0]} as SSP's; it is initialised"
        : "it has no cross attention, which is initialised";

    private static Shape? CrossAttention(FoundPart text) => text.ShapeOf($"{ModelPart.Text.Prefix}encoder.layer.0.crossattention.self.key.weight");

    public static SspConfig Segmenter(SspConfig config, FoundPart part)
    {
        Mask2FormerConfig known = part.Network.Config<Mask2FormerConfig>(("mask2former", "")) ?? new Mask2FormerConfig();
        int embed = Dim(part, $"{Swin}embeddings.patch_embeddings.projection.weight", 0, config.Swin.EmbedDim);
        int[] depths = [.. Enumerable.Range(0, 4).Select(s => Layers(part, i => $"{Swin}encoder.layers.{s}.blocks.{i}.layernorm_before.weight"))];
        int[] heads = [.. Enumerable.Range(0, 4).Select(s => Dim(part, Table(s), 1, 1))];
        int side = (int)Math.Sqrt(Dim(part, Table(0), 0, 23 * 23));
        var swin = new SwinConfig
        {
            EmbedDim = embed,
            PatchSize = Dim(part, $"{Swin}embeddings.patch_embeddings.projection.weight", 2, config.Swin.PatchSize),
            Depths = depths,
            NumHeads = heads,
            WindowSize = (side + 1) / 2,
            MlpRatio = (float)Dim(part, $"{Swin}encoder.layers.0.blocks.0.intermediate.dense.weight", 0, 4 * embed) / Math.Max(1, embed),
            QkvBias = part.Find($"{Swin}encoder.layers.0.blocks.0.attention.self.query.bias") is not null,
            Adapters = part.Find($"{Swin}encoder.layers.0.blocks.0.output.swin_adapt_3.0.weight") is not null,
        };
        var decoder = new Mask2FormerConfig
        {
            FeatureSize = Dim(part, $"{Pixels}mask_projection.weight", 1, known.FeatureSize),
            MaskFeatureSize = Dim(part, $"{Pixels}mask_projection.weight", 0, known.MaskFeatureSize),
            HiddenDim = Dim(part, $"{Queries}queries_features.weight", 1, known.HiddenDim),
            NumQueries = Dim(part, $"{Queries}queries_features.weight", 0, known.NumQueries),
            EncoderLayers = Layers(part, i => $"{Pixels}encoder.layers.{i}.fc1.weight"),
            EncoderFeedforwardDim = Dim(part, $"{Pixels}encoder.layers.0.fc1.weight", 0, known.EncoderFeedforwardDim),
            // Three levels of four points a head.
            NumAttentionHeads = Dim(part, $"{Pixels}encoder.layers.0.self_attn.attention_weights.bias", 0, 12 * known.NumAttentionHeads) / 12,
            DecoderLayers = 1 + Layers(part, i => $"{Queries}decoder.layers.{i}.fc1.weight"),
            DimFeedforward = Dim(part, $"{Queries}decoder.layers.0.fc1.weight", 0, known.DimFeedforward),
        };
        bool isSemantic = TaskOf(part) == SegmentationTask.Avss;
        return config with
        {
            Task = isSemantic ? SegmentationTask.Avss : SegmentationTask.Avs,
            Swin = swin,
            Mask2former = decoder,
            NumLabels = Dim(part, "model.class_predictor.bias", 0, isSemantic ? 72 : 3) - 1,
            AudioHidden = Dim(part, "audio_proj.0.weight", 0, config.AudioHidden),
        };

        static string Table(int stage) => $"{Swin}encoder.layers.{stage}.blocks.0.attention.self.relative_position_bias_table";
    }

    /// <summary>The task of a segmenter: only the semantic one has an embedding of what is silent.</summary>
    public static SegmentationTask TaskOf(FoundPart segmenter) =>
        segmenter.Find($"{Queries}silence_embed.weight") is null ? SegmentationTask.Avs : SegmentationTask.Avss;

    public static ClipVisionConfig Clip(FoundPart part)
    {
        ClipVisionConfig? known = part.Network.Config<ClipVisionConfig>(("clip", "vision_config"), ("clip_vision_model", ""));
        ClipVisionConfig usual = known ?? new ClipVisionConfig();
        int channels = Dim(part, $"{ClipModel}embeddings.class_embedding", 0, usual.HiddenSize);
        int patch = Dim(part, $"{ClipModel}embeddings.patch_embedding.weight", 2, usual.PatchSize);
        int tokens = Dim(part, $"{ClipModel}embeddings.position_embedding.weight", 0, 197);
        return usual with
        {
            HiddenSize = channels,
            PatchSize = patch,
            ImageSize = (int)Math.Min(int.MaxValue, Math.Round(Math.Sqrt(tokens - 1)) * patch),
            NumHiddenLayers = Layers(part, i => $"{ClipModel}encoder.layers.{i}.layer_norm1.weight"),
            IntermediateSize = Dim(part, $"{ClipModel}encoder.layers.0.mlp.fc1.weight", 0, 4 * channels),
            NumAttentionHeads = known?.NumAttentionHeads ?? Heads(channels),
        };
    }

    public static BertConfig Text(FoundPart part)
    {
        BertConfig? known = part.Network.Config<BertConfig>(("bert", ""), ("blip", "text_config"), ("blip_text_model", ""));
        BertConfig usual = known ?? new BertConfig();
        int channels = Dim(part, $"{ModelPart.Text.Prefix}embeddings.word_embeddings.weight", 1, usual.HiddenSize);
        int words = Dim(part, $"{ModelPart.Text.Prefix}embeddings.word_embeddings.weight", 0, usual.VocabSize);
        return usual with
        {
            VocabSize = words == BertVocabularySize ? BlipVocabularySize : words,
            HiddenSize = channels,
            EncoderHiddenSize = channels,
            NumHiddenLayers = Layers(part, i => $"{ModelPart.Text.Prefix}encoder.layer.{i}.attention.self.query.weight"),
            NumAttentionHeads = known?.NumAttentionHeads ?? Heads(channels),
            IntermediateSize = Dim(part, $"{ModelPart.Text.Prefix}encoder.layer.0.intermediate.dense.weight", 0, 4 * channels),
            MaxPositionEmbeddings = Dim(part, $"{ModelPart.Text.Prefix}embeddings.position_embeddings.weight", 0, usual.MaxPositionEmbeddings),
            TypeVocabSize = Dim(part, $"{ModelPart.Text.Prefix}embeddings.token_type_embeddings.weight", 0, usual.TypeVocabSize),
        };
    }

    public static VggishConfig Vggish(FoundPart part) => new()
    {
        Channels = [.. ((int[])[0, 3, 8, 13]).Select(layer => Dim(part, $"vggish.features.{layer}.weight", 0, 1))],
        HiddenSize = Dim(part, "vggish.embeddings.0.weight", 0, 4096),
    };

    public static PerceiverFlowConfig Flow(FoundPart part)
    {
        PerceiverFlowConfig known = part.Network.Config<PerceiverFlowConfig>(("perceiver", "")) ?? new PerceiverFlowConfig();
        int channels = Dim(part, "perceiver.embeddings.latents", 1, known.DLatents);
        return known with
        {
            NumLatents = Dim(part, "perceiver.embeddings.latents", 0, known.NumLatents),
            DLatents = channels,
            NumSelfAttendsPerBlock = Layers(part, i => $"perceiver.encoder.self_attends.{i}.layernorm.weight"),
            SelfAttentionWideningFactor = Dim(part, "perceiver.encoder.self_attends.0.mlp.dense1.weight", 0, channels) / Math.Max(1, channels),
        };
    }

    // The greatest power of two at most that many channels a head ask for, so that any number of channels has heads that divide it.
    private static int Heads(int channels) =>
        channels % HeadChannels == 0 ? channels / HeadChannels : 1 << BitOperations.TrailingZeroCount(Math.Max(1, channels));

    private static int Layers(FoundPart part, Func<int, string> name)
    {
        int layers = 0;
        while (layers <= ConfigLimits.Layers && part.Find(name(layers)) is not null)
            layers++;
        return layers;
    }

    private static int Dim(FoundPart part, string name, int axis, int otherwise) =>
        part.ShapeOf(name) is { } shape && axis < shape.Rank ? shape[axis] : otherwise;
}
