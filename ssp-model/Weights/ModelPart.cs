using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;

namespace SspNative.Model.Weights;

/// <summary>A part of the model that people have as a file of its own, and what tells that file.</summary>
/// <param name="Title">Its name, for people.</param>
/// <param name="Prefix">What the model's names of it begin with.</param>
/// <param name="Fingerprint">Names, without the prefix, that all its files have, below whatever a file puts before them.</param>
public sealed record ModelPart(string Title, string Prefix, params IReadOnlyList<string> Fingerprint)
{
    /// <summary>The whole segmenter as AAVS and SSP save it.</summary>
    public static readonly ModelPart Segmenter = new(
        "segmenter", "", "audio_proj.0.weight", "model.model.pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight")
    {
        Build = BuildAavs,
        Read = PartSizes.Segmenter,
        InWords = c => $"task {ConfigJson.Word(c.Task)}, Swin {c.Swin.EmbedDim}, {c.Mask2former.NumQueries} queries, {c.NumLabels} labels",
    };

    /// <summary>Mask2Former without ears, where trainings begin.</summary>
    public static readonly ModelPart Mask2Former = new(
        "Mask2Former", "model.", "model.pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight",
        "model.transformer_module.queries_features.weight")
    {
        Build = BuildAavs,
        Read = PartSizes.Segmenter,
        InWords = c => $"Swin {c.Swin.EmbedDim}, {c.Mask2former.NumQueries} queries, {c.NumLabels} labels",
    };

    public static readonly ModelPart Clip = new(
        "CLIP", "clip.", "vision_model.pre_layrnorm.weight", "vision_model.embeddings.class_embedding")
    {
        Build = (root, c) => _ = Ssp.MakeClipVision(root, c),
        Read = (c, part) => c with { Clip = PartSizes.Clip(part) },
        InWords = c => $"{c.Clip.NumHiddenLayers} layers of {c.Clip.HiddenSize}, patches of {c.Clip.PatchSize}, images of {c.Clip.ImageSize}",
    };

    /// <summary>BERT, alone or inside BLIP.</summary>
    public static readonly ModelPart Text = new(
        "text encoder", "vta.bert.", "embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight")
    {
        Build = (root, c) => _ = new BlipText(root / "vta" / "bert", c.Text),
        Read = (c, part) => c with { Text = PartSizes.Text(part) },
        InWords = c => $"{c.Text.NumHiddenLayers} layers of {c.Text.HiddenSize}, {c.Text.VocabSize} words",
    };

    /// <summary>What joins text and frames, which only a training of SSP makes.</summary>
    public static readonly ModelPart Alignment = new("alignment", "vta.", "norm.weight", "align_1.weight")
    {
        Build = (root, _) => Ask(root / "vta", "visual_proj", "align_1", "align_2", "norm"),
    };

    /// <summary>Attention to the text alone, in its place.</summary>
    public static readonly ModelPart TextAttention = new("text attention", "vta.", "norm.weight", "att.q_proj.weight")
    {
        Build = (root, _) => Ask(root / "vta", "att.q_proj", "att.k_proj", "att.v_proj", "att.out_proj", "norm"),
    };

    public static readonly ModelPart Vggish = new("VGGish", "vggish.", "features.0.weight", "embeddings.4.weight")
    {
        Build = (root, c) => _ = Ssp.MakeVggish(root, c),
        Read = (c, part) => c with { Vggish = PartSizes.Vggish(part) },
        InWords = c => $"{string.Join(", ", c.Vggish.Channels)} channels",
    };

    public static readonly ModelPart Flow = new(
        "Perceiver flow", "perceiver.", "input_preprocessor.conv_after_patches.weight", "decoder.decoder.final_layer.weight")
    {
        Build = (root, c) => _ = new PerceiverFlow(root, c.Flow),
        Read = (c, part) => c with { Flow = PartSizes.Flow(part) },
        InWords = c => $"{c.Flow.NumSelfAttendsPerBlock} layers, {c.Flow.NumLatents} latents of {c.Flow.DLatents}",
    };

    private static readonly ModelPart[] _all = [Segmenter, Mask2Former, Clip, Text, Alignment, TextAttention, Vggish, Flow];

    // BLIP has a text encoder in its decoder, and some of its files a second one for matching.
    private static readonly string[] _preferred = [Text.Prefix, "text_decoder.bert.", "text_decoder.", "text_encoder."];

    /// <summary>Makes its layers, which ask for its parameters.</summary>
    internal Action<ParameterPath, SspConfig> Build { get; init; } = (_, _) => { };

    /// <summary>Puts the sizes that its tensors have into a model's; unchanged where none follow from them.</summary>
    internal Func<SspConfig, FoundPart, SspConfig> Read { get; init; } = (c, _) => c;

    /// <summary>Its sizes, for people.</summary>
    internal Func<SspConfig, string> InWords { get; init; } = _ => "";

    /// <summary>Whether a parameter of the model is of this part.</summary>
    public bool Has(string name) => this == Segmenter
        ? name.StartsWith("model.", StringComparison.Ordinal) || name.StartsWith("audio_proj.", StringComparison.Ordinal)
        : name.StartsWith(Prefix, StringComparison.Ordinal) && (Prefix != Alignment.Prefix || !name.StartsWith(Text.Prefix, StringComparison.Ordinal));

    /// <summary>The parameters that the model asks of it, by their published names and in the order in which it does.</summary>
    /// <param name="config">Its sizes.</param>
    public IReadOnlyList<string> Parameters(SspConfig config)
    {
        using var store = new ParameterStore(new ShapesOnlySource(), new CountingDevice());
        Build(store.Root, config);
        return [.. store.Names.Where(Has)];
    }

    /// <summary>The parts that a checkpoint has.</summary>
    public static IReadOnlyList<FoundPart> Find(NetworkFile network)
    {
        var found = new List<FoundPart>();
        foreach (ModelPart part in _all)
            if (part.Find(network, found) is { } prefix)
                found.Add(new FoundPart(part, network, prefix));
        return found;
    }

    // What the checkpoint's names have in place of the model's prefix; null where it lacks the part.
    private string? Find(NetworkFile network, List<FoundPart> found)
    {
        if (this == Mask2Former && found.Any(f => f.Part == Segmenter))
            return null;
        string anchor = Fingerprint[0];
        string[] prefixes =
        [
            .. network.Names.Where(n => n.EndsWith(anchor, StringComparison.Ordinal)).Select(n => n[..^anchor.Length])
                .Where(p => (p.Length == 0 || p.EndsWith('.')) && Fingerprint.All(f => network.Find(p + f) is not null)),
        ];
        // VGG of pictures has three channels where VGGish has one.
        if (this == Vggish)
            prefixes = [.. prefixes.Where(p => network.Find(p + anchor)!.Value.Entry.Shape is { Rank: 4 } s && s[1] == 1)];
        return prefixes.FirstOrDefault(p => _preferred.Any(x => p.EndsWith(x, StringComparison.Ordinal))) ?? prefixes.FirstOrDefault();
    }

    private static void BuildAavs(ParameterPath root, SspConfig config) => _ = new Aavs(root, config.Aavs);

    // Of layers whose names alone matter.
    private static void Ask(ParameterPath path, params string[] layers)
    {
        foreach (string layer in layers)
        {
            (path / layer).Get("weight", [1], Init.Ones);
            (path / layer).Get("bias", [1], Init.Zeros);
        }
    }
}
