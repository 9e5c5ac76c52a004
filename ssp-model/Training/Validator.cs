using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Decoder;
using SspNative.Model.Metrics;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Training;

/// <summary>Scores of a validation.</summary>
/// <param name="Task">Binary masks are scored by the protocol <c>aavs</c>, semantic ones by AVSBench's with the background.</param>
/// <param name="Frames">Frames scored.</param>
/// <param name="MeanIou">Decides which checkpoint is the best.</param>
/// <param name="FScore">F.</param>
public sealed record ValidationScore(SegmentationTask Task, int Frames, double MeanIou, double FScore);

/// <summary>Scores a model on labelled clips as it would segment them without their labels.</summary>
public sealed class Validator(IClipDataset data, SspConfig config, TrainingOptions options, PromptTokenizer tokenizer)
{
    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    public ValidationScore Run(TrainingModel model)
    {
        if (data.Count == 0)
            throw new InputException("the validation split has no clips");
        var binary = new AvsBinaryMetrics(AvsProtocol.Aavs);
        var semantic = new AvssSemanticMetrics(config.NumLabels);
        var builder = new BatchBuilder(config, options, tokenizer, model.Frozen);
        using var queue = new ClipQueue<(PreparedClip, LabelMap[])>(place => Prepare(builder, (int)place), data.Count);
        for (int i = 0; i < data.Count; i++)
        {
            (PreparedClip clip, LabelMap[] truth) = queue.Take(i);
            IReadOnlyList<(LabelMap Labels, float[] Confidence)> found = Segment(model, clip, truth[0].Height, truth[0].Width);
            if (config.Task == SegmentationTask.Avs)
                AddVideo(binary, found, truth);
            else
                for (int t = 0; t < truth.Length; t++)
                    semantic.AddFrame(found[t].Labels.Labels, truth[t].Labels);
        }
        if (config.Task == SegmentationTask.Avs)
        {
            AvsBinaryReport report = binary.Report();
            return new ValidationScore(config.Task, report.Frames, report.MeanIou, report.FScore);
        }
        AvssSemanticReport classes = semantic.Report();
        return new ValidationScore(config.Task, classes.Frames, classes.MeanIou, classes.FScore);
    }

    /// <summary>Label maps of a prepared clip's frames and the score of each pixel's label relative to all classes.</summary>
    public static IReadOnlyList<(LabelMap Labels, float[] Confidence)> Segment(TrainingModel model, PreparedClip clip, int height, int width)
    {
        using var scope = new TensorScope();
        QueryPrediction result = model.Forward(clip).Result;
        return
        [
            .. Enumerable.Range(0, clip.Frames).Select(t => MaskPostprocessor.Label(
                new QueryPrediction(Ops.Narrow(result.ClassLogits, 0, t, 1), Ops.Narrow(result.MaskLogits, 0, t, 1)), clip.Size, height, width)),
        ];
    }

    private (PreparedClip Clip, LabelMap[] Truth) Prepare(BatchBuilder builder, int index)
    {
        TrainingClip clip = data.Load(index);
        return (builder.ForValidation(clip), [.. BatchBuilder.LabelledFrames(clip).Select(t => clip.Labels[t]!)]);
    }

    // With two classes the background's relative score is what the sounding class lacks to 1.
    private static void AddVideo(AvsBinaryMetrics metrics, IReadOnlyList<(LabelMap Labels, float[] Confidence)> found, LabelMap[] truth)
    {
        byte[] masks = [.. found.SelectMany(f => f.Labels.Labels)];
        float[] confidence = [.. found.SelectMany(f => f.Confidence)];
        for (int i = 0; i < masks.Length; i++)
            confidence[i] = masks[i] != 0 ? confidence[i] : 1 - confidence[i];
        byte[] targets = [.. truth.SelectMany(t => t.Labels).Select(l => l != 0 ? (byte)1 : (byte)0)];
        metrics.AddVideo(masks, confidence, targets, truth[0].Width * truth[0].Height);
    }
}
