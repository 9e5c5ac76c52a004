using SspNative.Lab.References;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Model.Metrics;

namespace SspNative.Lab.Verification;

/// <summary>Reference modules of what judges the model: the training loss and the metrics.</summary>
internal static class TrainingModules
{
    public static IReadOnlyDictionary<string, ReferenceModule> Table { get; } = new Dictionary<string, ReferenceModule>
    {
        ["loss.mask2former"] = Mask2FormerLoss,
        ["metrics.avs-binary"] = AvsBinary,
        ["metrics.avss-semantic"] = AvssSemantic,
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
        CriterionLoss loss = criterion.Forward([prediction], targets, new RecordedPoints(context));
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

    /// <summary>The random points that a case recorded, one input a call.</summary>
    private sealed class RecordedPoints(ReferenceContext context) : IPointSource
    {
        private int _calls;

        public void Fill(Span<float> coordinates)
        {
            float[] recorded = context.Input($"random.{_calls++}").ToArray();
            if (recorded.Length != coordinates.Length)
                throw new InvalidDataException($"random.{_calls - 1} has {recorded.Length} coordinates instead of {coordinates.Length}");
            recorded.CopyTo(coordinates);
        }
    }
}
