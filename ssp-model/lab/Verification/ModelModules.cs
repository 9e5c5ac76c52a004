using SspNative.Lab.References;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;

namespace SspNative.Lab.Verification;

/// <summary>Reference modules of the networks. Outputs that are images are handed back channels-first, as published.</summary>
internal static class ModelModules
{
    public static IReadOnlyDictionary<string, ReferenceModule> Table { get; } = new Dictionary<string, ReferenceModule>
    {
        ["aavs"] = RunAavs,
        ["bert"] = RunBert,
        ["blip-text"] = RunBlipText,
        ["clip-vision"] = RunClip,
        ["perceiver-flow"] = RunPerceiver,
        ["vggish"] = RunVggish,
        ["ssp"] = RunSsp,
    };

    private static Dictionary<string, Tensor> RunAavs(ReferenceContext context)
    {
        var model = new Aavs(context.Parameters.Root, ConfigJson.ReadPart<AavsConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        IReadOnlyList<Tensor> maps = model.EncodeBackbone(context.Input("pixel_values"));
        var outputs = new Dictionary<string, Tensor>();
        for (int i = 0; i < maps.Count; i++)
            outputs[$"encoder.{i}"] = Ops.ToChannelsFirst(maps[i]);
        PixelDecoderOutput pixels = model.DecodePixels(maps.HandOver());
        for (int i = 0; i < pixels.Levels.Count; i++)
            outputs[$"pixel_decoder.{i}"] = Ops.ToChannelsFirst(pixels.Levels[i]);
        Tensor? stage1Mask = context.FindInput("audio_boost_mask");
        IReadOnlyList<QueryPrediction> predictions = model.Decode(
            pixels.Levels.HandOver(), model.AddStage1Mask(pixels.MaskFeatures, stage1Mask), context.Input("audio_features"), stage1Mask, auxiliary: true);
        AddPredictions(outputs, predictions);
        outputs["mask_features"] = Ops.ToChannelsFirst(pixels.MaskFeatures);
        return outputs;
    }

    private static Dictionary<string, Tensor> RunBert(ReferenceContext context)
    {
        var model = new BertModel(context.Parameters.Root, ConfigJson.ReadPart<BertConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        BertOutput output = context.FindInput("inputs_embeds") is { } embeds
            ? model.ForwardEmbeds(embeds, context.Input("attention_mask"))
            : model.Forward(context.Input("input_ids"), context.Input("attention_mask"), context.FindInput("token_type_ids"));
        return new() { ["last_hidden_state"] = output.LastHiddenState, ["pooler_output"] = output.PoolerOutput };
    }

    private static Dictionary<string, Tensor> RunBlipText(ReferenceContext context)
    {
        var model = new BlipText(context.Parameters.Root, ConfigJson.ReadPart<BertConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        Tensor? encoderMask = context.FindInput("encoder_attention_mask");
        Tensor hidden = model.Encode(
            model.Embed(context.Input("input_ids")), BertEncoder.Blocked(context.Input("attention_mask")),
            context.FindInput("encoder_hidden_states"), encoderMask is null ? null : BertEncoder.Blocked(encoderMask));
        return new() { ["last_hidden_state"] = hidden };
    }

    private static Dictionary<string, Tensor> RunClip(ReferenceContext context)
    {
        var model = new ClipVision(context.Parameters.Root, ConfigJson.ReadPart<ClipVisionConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        ClipVisionOutput output = model.Forward(context.Input("pixel_values"));
        return new() { ["last_hidden_state"] = output.LastHiddenState, ["pooler_output"] = output.PoolerOutput };
    }

    private static Dictionary<string, Tensor> RunPerceiver(ReferenceContext context)
    {
        var model = new PerceiverFlow(context.Parameters.Root, ConfigJson.ReadPart<PerceiverFlowConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        return new() { ["flow"] = model.Forward(context.Input("patches")) };
    }

    private static Dictionary<string, Tensor> RunVggish(ReferenceContext context)
    {
        var model = new Vggish(context.Parameters.Root, finalRelu: true);
        context.Parameters.ThrowIfIncomplete();
        return new() { ["embeddings"] = model.Forward(context.Input("examples")) };
    }

    private static Dictionary<string, Tensor> RunSsp(ReferenceContext context)
    {
        SspConfig config = ConfigJson.ReadPart<SspConfig>(context.Config);
        var model = new Ssp(context.Parameters.Root, config);
        context.Parameters.ThrowIfIncomplete();
        Tensor preMask = PreMask(context);
        Tensor? stage1Mask = config.Task == SegmentationTask.Avss ? context.Input("ground_truth") : null;
        SspOutput output = model.Forward(new SspInputs(
            context.Input("pixel_values"), preMask, context.Input("clip_pixel_values"), context.Input("input_ids"), context.Input("attention_mask"),
            context.Input("audio_features"), stage1Mask));
        return new()
        {
            ["pre_mask"] = preMask,
            ["fusion"] = output.Alignment!.Fusion,
            ["refined_text"] = output.Alignment.RefinedText,
            ["mask_features"] = Ops.ToChannelsFirst(output.FinalFeatures),
            ["class_queries_logits"] = output.Result.ClassLogits,
            ["masks_queries_logits"] = output.Result.MaskLogits,
        };
    }

    // M_Pre from the case's flow and ground truth, or its stand-in when there is none.
    private static Tensor PreMask(ReferenceContext context)
    {
        float[] optical = PreprocessingModules.OpticalMasks(context, out Shape shape);
        var fused = new float[optical.Length];
        if (context.FindInput("ground_truth") is { } groundTruth)
            FusedMasks.PreMask(optical, groundTruth.ToArray(), fused);
        else
            FusedMasks.InferenceMask(InferenceMaskMode.Soft, optical, default, fused);
        return Tensor.FromArray(fused, shape, context.Device);
    }

    private static void AddPredictions(Dictionary<string, Tensor> outputs, IReadOnlyList<QueryPrediction> predictions)
    {
        for (int i = 0; i < predictions.Count; i++)
        {
            string prefix = i < predictions.Count - 1 ? $"aux.{i}." : "";
            outputs[$"{prefix}class_queries_logits"] = predictions[i].ClassLogits;
            outputs[$"{prefix}masks_queries_logits"] = predictions[i].MaskLogits;
        }
    }
}
