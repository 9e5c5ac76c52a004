using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Nn;
using SspNative.Model.Config;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Weights;

namespace SspNative.Tests.Support;

/// <summary>
/// The tensors of the published files, with every name and shape that they have: what the model takes, under the files' names, and what it does not.
/// </summary>
/// <param name="config">Sizes of the networks.</param>
/// <param name="seed">
/// Seed of the numbers, which are those of <c>procedural:SEED</c>; null leaves holes in their place, so that full sizes take no room.
/// </param>
internal sealed class PublishedFiles(SspConfig config, ulong? seed)
{
    private static readonly string[] _aavsOnly = ["swin_adapt", "avs_adapt", "audio_proj", "silence_embed", "uncertain_embed", "audio_embed"];

    /// <summary>deepmind/optical-flow-perceiver.</summary>
    public TorchTensor[] Perceiver() => [.. Parameters(config).Where(In("perceiver.")).Select(p => Taken(p, p.Name))];

    /// <summary>openai/clip-vit-base-patch16 or -large-patch14: both towers, as older versions of transformers saved them.</summary>
    public TorchTensor[] Clip()
    {
        int text = config.Clip.HiddenSize / 3 * 2;
        int tokens = (config.Clip.ImageSize / config.Clip.PatchSize) * (config.Clip.ImageSize / config.Clip.PatchSize) + 1;
        return
        [
            .. Parameters(config).Where(In("clip.")).Select(p => Taken(p, p.Name["clip.".Length..])),
            Ids("vision_model.embeddings.position_ids", tokens),
            Other("logit_scale"), Other("text_projection.weight", text, text), Other("visual_projection.weight", text, config.Clip.HiddenSize),
            Other("text_model.embeddings.token_embedding.weight", config.Text.VocabSize, text),
            Other("text_model.embeddings.position_embedding.weight", 77, text),
            Ids("text_model.embeddings.position_ids", 77),
            .. Enumerable.Range(0, config.Clip.NumHiddenLayers).SelectMany(i => ClipTextLayer($"text_model.encoder.layers.{i}.", text)),
            Other("text_model.final_layer_norm.weight", text), Other("text_model.final_layer_norm.bias", text),
        ];
    }

    /// <summary>Salesforce/blip-image-captioning-base: a text decoder over BERT, and a vision tower of its own.</summary>
    public TorchTensor[] Blip()
    {
        int c = config.Text.HiddenSize;
        return
        [
            .. Parameters(config).Where(In("vta.bert.")).Select(p => Taken(p, $"text_decoder.{p.Name["vta.".Length..]}")),
            Ids("text_decoder.bert.embeddings.position_ids", config.Text.MaxPositionEmbeddings),
            Other("text_decoder.cls.predictions.bias", config.Text.VocabSize), Other("text_decoder.cls.predictions.transform.dense.weight", c, c),
            Other("text_decoder.cls.predictions.transform.dense.bias", c), Other("text_decoder.cls.predictions.transform.LayerNorm.weight", c),
            Other("text_decoder.cls.predictions.transform.LayerNorm.bias", c), Other("text_decoder.cls.predictions.decoder.weight", config.Text.VocabSize, c),
            Other("text_decoder.cls.predictions.decoder.bias", config.Text.VocabSize),
            Other("vision_model.embeddings.class_embedding", 1, 1, c), Other("vision_model.embeddings.position_embedding", 1, 577, c),
            Other("vision_model.embeddings.patch_embedding.weight", c, 3, 16, 16), Other("vision_model.embeddings.patch_embedding.bias", c),
            .. Enumerable.Range(0, config.Text.NumHiddenLayers).SelectMany(i => BlipVisionLayer($"vision_model.encoder.layers.{i}.", c)),
            Other("vision_model.post_layernorm.weight", c), Other("vision_model.post_layernorm.bias", c),
        ];
    }

    /// <summary>bert-base-uncased, with the names of 2018 and without BLIP's two words and cross attention.</summary>
    public TorchTensor[] Bert(int words)
    {
        int c = config.Text.HiddenSize;
        return
        [
            .. Parameters(config).Where(In("vta.bert.")).Where(p => !p.Name.Contains(".crossattention.", StringComparison.Ordinal))
                .Select(p => p.Name.EndsWith("word_embeddings.weight", StringComparison.Ordinal) ? p with { Shape = [words, c] } : p)
                .Select(p => Taken(
                    p,
                    p.Name["vta.".Length..].Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
                        .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal))),
            Other("bert.embeddings.token_type_embeddings.weight", 2, c), Other("bert.pooler.dense.weight", c, c), Other("bert.pooler.dense.bias", c),
            Other("cls.predictions.bias", words), Other("cls.predictions.transform.dense.weight", c, c), Other("cls.predictions.transform.dense.bias", c),
            Other("cls.predictions.transform.LayerNorm.gamma", c), Other("cls.predictions.transform.LayerNorm.beta", c),
            Other("cls.seq_relationship.weight", 2, c), Other("cls.seq_relationship.bias", 2),
        ];
    }

    /// <summary>torchvggish's vggish-10086976.pth.</summary>
    public TorchTensor[] Vggish() => [.. Parameters(config).Where(In("vggish.")).Select(p => Taken(p, p.Name["vggish.".Length..]))];

    /// <summary>facebook/mask2former-swin-base-ade-semantic and -IN21k-ade-semantic: no adapters, no ears, 150 labels, 100 queries.</summary>
    public TorchTensor[] Mask2Former()
    {
        SspConfig plain = config with { Task = SegmentationTask.Avss, NumLabels = 150, Mask2former = config.Mask2former with { NumQueries = 100 } };
        return
        [
            .. Parameters(plain).Where(In("model.")).Where(p => !_aavsOnly.Any(a => p.Name.Contains(a, StringComparison.Ordinal)))
                .Select(p => Taken(p, p.Name["model.".Length..])),
            .. Dead("model.", 150),
        ];
    }

    /// <summary>A checkpoint of AAVS: S4 and MS3 for task avs, AVSS for avss; the layers that avs replaced are still in it.</summary>
    public TorchTensor[] Aavs()
    {
        ParameterSpec[] own = [.. Parameters(config).Where(p => ModelPart.Segmenter.Has(p.Name))];
        string[] names = [.. own.Select(p => p.Name)];
        return
        [
            .. own.Select(p => Taken(p, p.Name)),
            .. Parameters(config.ForTask(SegmentationTask.Avss)).Where(In("model."))
                .Where(p => p.Name.Contains("self_attn.out", StringComparison.Ordinal) && !names.Contains(p.Name))
                .Select(p => Other(p.Name, [.. p.Shape])),
            .. Dead("model.model.", config.NumLabels)
                .Select(t => t with { Name = t.Name.Replace("model.model.criterion", "model.criterion", StringComparison.Ordinal) }),
        ];
    }

    /// <summary>What only a training of SSP makes.</summary>
    public TorchTensor[] Alignment() => [.. Parameters(config).Where(p => ModelPart.Alignment.Has(p.Name)).Select(p => Taken(p, p.Name))];

    /// <summary>Everything under the model's own names.</summary>
    public Dictionary<string, Tensor> Whole() =>
        Parameters(config).ToDictionary(p => p.Name, p => ProceduralWeights.Weight(p.Name, p.Shape, seed!.Value, TestDevices.Shared));

    private static ParameterSpec[] Parameters(SspConfig config)
    {
        using var store = new ParameterStore(new ShapesOnlySource(), new CountingDevice());
        _ = new Ssp(store.Root, config with { TextFusion = TextFusion.Vta });
        _ = Ssp.MakeVggish(store.Root, config);
        _ = new PerceiverFlow(store.Root, config.Flow);
        return [.. store.Specs];
    }

    private static Func<ParameterSpec, bool> In(string prefix) => p => p.Name.StartsWith(prefix, StringComparison.Ordinal);

    // What Mask2Former saves besides its parameters.
    private TorchTensor[] Dead(string prefix, int labels)
    {
        int window = config.Swin.WindowSize * config.Swin.WindowSize;
        return
        [
            .. Enumerable.Range(0, 4).SelectMany(s => Enumerable.Range(0, config.Swin.Depths[s]).Select(b => new TorchTensor(
                $"{prefix}pixel_level_module.encoder.encoder.layers.{s}.blocks.{b}.attention.self.relative_position_index", "LongStorage",
                [window, window], null))),
            Other($"{(prefix == "model." ? "" : prefix)}criterion.empty_weight", labels + 1),
        ];
    }

    private static TorchTensor[] ClipTextLayer(string layer, int c) =>
    [
        .. ((string[])["k", "v", "q", "out"]).SelectMany(p =>
            (TorchTensor[])[Other($"{layer}self_attn.{p}_proj.weight", c, c), Other($"{layer}self_attn.{p}_proj.bias", c)]),
        .. ((string[])["layer_norm1", "layer_norm2"]).SelectMany(n => (TorchTensor[])[Other($"{layer}{n}.weight", c), Other($"{layer}{n}.bias", c)]),
        Other($"{layer}mlp.fc1.weight", 4 * c, c), Other($"{layer}mlp.fc1.bias", 4 * c),
        Other($"{layer}mlp.fc2.weight", c, 4 * c), Other($"{layer}mlp.fc2.bias", c),
    ];

    private static TorchTensor[] BlipVisionLayer(string layer, int c) =>
    [
        Other($"{layer}self_attn.qkv.weight", 3 * c, c), Other($"{layer}self_attn.qkv.bias", 3 * c),
        Other($"{layer}self_attn.projection.weight", c, c), Other($"{layer}self_attn.projection.bias", c),
        .. ((string[])["layer_norm1", "layer_norm2"]).SelectMany(n => (TorchTensor[])[Other($"{layer}{n}.weight", c), Other($"{layer}{n}.bias", c)]),
        Other($"{layer}mlp.fc1.weight", 4 * c, c), Other($"{layer}mlp.fc1.bias", 4 * c),
        Other($"{layer}mlp.fc2.weight", c, 4 * c), Other($"{layer}mlp.fc2.bias", c),
    ];

    private static TorchTensor Other(string name, params int[] shape) => new(name, "FloatStorage", shape, null);

    private static TorchTensor Ids(string name, int count) => new(name, "LongStorage", [1, count], null);

    private TorchTensor Taken(ParameterSpec parameter, string name)
    {
        int[] shape = [.. parameter.Shape];
        if (seed is not { } chosen)
            return new TorchTensor(name, "FloatStorage", shape, null);
        using var scope = new TensorScope();
        return TorchTensor.Of(name, shape, ProceduralWeights.Weight(parameter.Name, parameter.Shape, chosen, TestDevices.Shared).ToArray());
    }
}
