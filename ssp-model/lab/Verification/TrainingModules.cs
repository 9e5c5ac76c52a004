using SspNative.Lab.References;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Model.Metrics;
using SspNative.Model.Networks;

namespace SspNative.Lab.Verification;

/// <summary>Reference modules of what judges the model: the training loss and the metrics.</summary>
internal static class TrainingModules
{
    public static IReadOnlyDictionary<string, ReferenceModule> Table { get; } = new Dictionary<string, ReferenceModule>
    {
        ["loss.mask2former"] = Mask2FormerLoss,
        ["metrics.aavs224"] = Aavs224Binary,
        ["metrics.avs-binary"] = AvsBinary,
        ["metrics.avss-semantic"] = AvssSemantic,
        ["training.aavs"] = AavsTraining.Run,
    };

    private static Dictionary<string, Tensor> Mask2FormerLoss(ReferenceContext context)
    {
        var prediction = new QueryPrediction(context.Input("class_queries_logits"), context.Input("masks_queries_logits"));
        MaskTargets[] targets =
        [
            .. Enumerable.Range(0, prediction.ClassLogits.Shape[0]).Select(i => new MaskTargets(
                [.. context.Input($"class_labels.{i}").ToLongArray().Select(c => (int)c)], ToFloats(context.Input($"mask_labels.{i}")))),
        ];
        var criterion = new SetCriterion(ConfigJson.ReadPart<CriterionConfig>(context.Config));
        CriterionLoss loss = criterion.Forward([prediction], targets, new RecordedPoints(context, "random."));
        PredictionLoss only = loss.Predictions[0];
        var outputs = new Dictionary<string, Tensor>
        {
            ["total"] = loss.Total,
            ["loss_cross_entropy"] = only.CrossEntropy,
            ["loss_mask"] = only.Mask,
            ["loss_dice"] = only.Dice,
        };
        for (int i = 0; i < only.Matches.Count; i++)
        {
            outputs[$"match.{i}.query"] = Indices(only.Matches[i].Queries);
            outputs[$"match.{i}.target"] = Indices(only.Matches[i].Targets);
        }
        return outputs;

        Tensor Indices(IReadOnlyList<int> indices) =>
            Tensor.FromArray([.. indices.Select(i => (long)i)], [indices.Count], context.Device);
    }

    private static Dictionary<string, Tensor> AvsBinary(ReferenceContext context)
    {
        Tensor logits = context.Input("logits");
        byte[] targets = [.. context.Input("target").ToArray().Select(t => (byte)t)];
        var metrics = new AvsBinaryMetrics(AvsProtocol.AvsBench);
        metrics.AddVideo(Ops.Sigmoid(logits).ToArray(), targets, logits.Shape[1] * logits.Shape[2]);
        AvsBinaryReport report = metrics.Report();
        return new() { ["miou"] = Scalar(report.MeanIou, context), ["f_score"] = Scalar(report.FScore, context) };
    }

    private static Dictionary<string, Tensor> Aavs224Binary(ReferenceContext context)
    {
        Tensor classes = context.Input("class_queries_logits"), masks = context.Input("masks_queries_logits");
        byte[] truth = context.Input("masks").ToByteArray();
        const int Pixels = Aavs224.Size * Aavs224.Size;
        var scores = new List<float>();
        var frames = new List<BinaryFrameScore>();
        for (int t = 0; t < classes.Shape[0]; t++)
        {
            float[] frame = MaskPostprocessor.Scores(
                new QueryPrediction(Ops.Narrow(classes, 0, t, 1), Ops.Narrow(masks, 0, t, 1)), context.Config.GetProperty("input_size").GetInt32(),
                Aavs224.Size, Aavs224.Size, union: false).ToArray();
            scores.AddRange(frame);
            frames.Add(Aavs224.Score(frame, truth.AsSpan(t * Pixels, Pixels)));
        }
        var metrics = new AvsBinaryMetrics(AvsProtocol.Aavs224);
        metrics.AddVideo(frames);
        AvsBinaryReport report = metrics.Report();
        return new()
        {
            ["scores"] = Tensor.FromArray([.. scores], [frames.Count, 2, Aavs224.Size, Aavs224.Size], context.Device),
            ["mean_iou"] = Scalar(report.MeanIou, context),
            ["f_score"] = Scalar(report.FScore, context),
        };
    }

    private static Dictionary<string, Tensor> AvssSemantic(ReferenceContext context)
    {
        Tensor logits = context.Input("logits");
        int classes = logits.Shape[1], pixels = logits.Shape[2] * logits.Shape[3];
        float[] scores = logits.ToArray();
        byte[] targets = [.. context.Input("target").ToLongArray().Select(t => (byte)t)];
        var metrics = new AvssSemanticMetrics(classes);
        for (int frame = 0; frame < logits.Shape[0]; frame++)
            metrics.AddFrame(ArgMax(scores.AsSpan(frame * classes * pixels), classes, pixels), targets.AsSpan(frame * pixels, pixels));
        IReadOnlyList<FrameClassScore> found = metrics.Report().Classes;
        return new()
        {
            ["class_iou_sum"] = ByClass(c => c.IouSum),
            ["class_f_sum"] = ByClass(c => c.FScoreSum),
            ["class_frames"] = ByClass(c => c.Frames),
            ["class_iou"] = ByClass(c => c.Iou),
            ["class_f"] = ByClass(c => c.FScore),
        };

        Tensor ByClass(Func<FrameClassScore, double> score) =>
            Tensor.FromArray([.. found.Select(c => (float)score(c))], [classes], context.Device);
    }

    // The class with the largest score of every pixel, the first of several.
    private static byte[] ArgMax(ReadOnlySpan<float> scores, int classes, int pixels)
    {
        byte[] labels = new byte[pixels];
        for (int c = 1; c < classes; c++)
            for (int i = 0; i < pixels; i++)
                if (scores[c * pixels + i] > scores[labels[i] * pixels + i])
                    labels[i] = (byte)c;
        return labels;
    }

    private static Tensor ToFloats(Tensor mask) =>
        Tensor.FromArray([.. mask.ToByteArray().Select(b => (float)b)], mask.Shape, mask.Device);

    private static Tensor Scalar(double value, ReferenceContext context) => Tensor.FromArray([(float)value], [], context.Device);
}
