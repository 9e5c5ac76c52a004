using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Perceiver;
using SspNative.Model.Encoders.Vggish;

namespace SspNative.Model.Verification;

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
    };

    private static Dictionary<string, Tensor> RunAavs(ReferenceContext context)
    {
        var model = new Aavs(context.Parameters.Root, ConfigJson.Read<AavsConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        AavsFeatures features = model.Encode(context.Input("pixel_values"));
        IReadOnlyList<QueryPrediction> predictions =
            model.Decode(features.Pixels, context.Input("audio_features"), context.FindInput("audio_boost_mask"));
        var outputs = new Dictionary<string, Tensor>();
        AddPredictions(outputs, predictions);
        for (int i = 0; i < features.Backbone.Count; i++)
            outputs[$"encoder.{i}"] = Ops.ToChannelsFirst(features.Backbone[i]);
        for (int i = 0; i < features.Pixels.Levels.Count; i++)
            outputs[$"pixel_decoder.{i}"] = Ops.ToChannelsFirst(features.Pixels.Levels[i]);
        outputs["mask_features"] = Ops.ToChannelsFirst(features.Pixels.MaskFeatures);
        return outputs;
    }

    private static Dictionary<string, Tensor> RunBert(ReferenceContext context)
    {
        var model = new BertModel(context.Parameters.Root, ConfigJson.Read<BertConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        BertOutput output = context.FindInput("inputs_embeds") is { } embeds
            ? model.ForwardEmbeds(embeds, context.Input("attention_mask"))
            : model.Forward(context.Input("input_ids"), context.Input("attention_mask"), context.FindInput("token_type_ids"));
        return new() { ["last_hidden_state"] = output.LastHiddenState, ["pooler_output"] = output.PoolerOutput };
    }

    private static Dictionary<string, Tensor> RunBlipText(ReferenceContext context)
    {
        var model = new BlipText(context.Parameters.Root, ConfigJson.Read<BertConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        Tensor? encoderMask = context.FindInput("encoder_attention_mask");
        Tensor hidden = model.Encode(
            model.Embed(context.Input("input_ids")), BertEncoder.Blocked(context.Input("attention_mask")),
            context.FindInput("encoder_hidden_states"), encoderMask is null ? null : BertEncoder.Blocked(encoderMask));
        return new() { ["last_hidden_state"] = hidden };
    }

    private static Dictionary<string, Tensor> RunClip(ReferenceContext context)
    {
        var model = new ClipVision(context.Parameters.Root, ConfigJson.Read<ClipVisionConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        ClipVisionOutput output = model.Forward(context.Input("pixel_values"));
        return new() { ["last_hidden_state"] = output.LastHiddenState, ["pooler_output"] = output.PoolerOutput };
    }

    private static Dictionary<string, Tensor> RunPerceiver(ReferenceContext context)
    {
        var model = new PerceiverFlow(context.Parameters.Root, ConfigJson.Read<PerceiverFlowConfig>(context.Config));
        context.Parameters.ThrowIfIncomplete();
        return new() { ["flow"] = model.Forward(context.Input("patches")) };
    }

    private static Dictionary<string, Tensor> RunVggish(ReferenceContext context)
    {
        var model = new Vggish(context.Parameters.Root, finalRelu: true);
        context.Parameters.ThrowIfIncomplete();
        return new() { ["embeddings"] = model.Forward(context.Input("examples")) };
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
