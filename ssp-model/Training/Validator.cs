using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Decoder;
using SspNative.Model.Metrics;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Training;

/// <summary>Scores of a validation.</summary>
/// <param name="Protocol">
/// <c>aavs</c> for binary masks; <c>avsbench</c> for semantic ones, over the classes that occur, with the background; <c>sound</c> for the
/// classes told in each second: intersection over union, and F1, of all pairs of a second and a class.
/// </param>
/// <param name="Frames">Frames scored.</param>
/// <param name="MeanIou">Decides which checkpoint is the best.</param>
/// <param name="FScore">F.</param>
public sealed record ValidationScore(string Protocol, int Frames, double MeanIou, double FScore);

/// <summary>Scores a model on labelled clips as it would segment them without their labels.</summary>
public sealed class Validator(IClipDataset data, SspConfig config, TrainingOptions options, PromptTokenizer tokenizer)
{
    private readonly BatchBuilder _builder = new(config, options, tokenizer);

    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    public ValidationScore Run(TrainingModel model)
    {
        if (data.Count == 0)
            throw new InputException("the validation split has no clips");
        return options.Objective == TrainingObjective.Sound ? RunSound(model) : RunMasks(model);
    }

    private ValidationScore RunSound(TrainingModel model)
    {
        using var queue = new ClipQueue<PreparedClip>(place => _builder.ForValidation(data.Load((int)place)), data.Count);
        long both = 0, found = 0, wanted = 0, frames = 0;
        for (int i = 0; i < data.Count; i++)
        {
            using var scope = new TensorScope();
            PreparedClip clip = queue.Take(i);
            foreach ((float logit, float truth) in model.Hear(clip).ToArray().Zip(clip.Heard))
            {
                found += logit > 0 ? 1 : 0;
                wanted += truth > 0 ? 1 : 0;
                both += logit > 0 && truth > 0 ? 1 : 0;
            }
            frames += clip.Frames;
        }
        return new ValidationScore("sound", (int)frames, (double)both / Math.Max(1, found + wanted - both), 2.0 * both / Math.Max(1, found + wanted));
    }

    private ValidationScore RunMasks(TrainingModel model)
    {
        bool isBinary = config.Task == SegmentationTask.Avs && options.Objective == TrainingObjective.Sounding;
        var binary = new AvsBinaryMetrics(AvsProtocol.Aavs);
        var semantic = new AvssSemanticMetrics(config.NumLabels);
        using var queue = new ClipQueue<(PreparedClip, LabelMap[])>(Prepare, data.Count);
        for (int i = 0; i < data.Count; i++)
        {
            (PreparedClip clip, LabelMap[] truth) = queue.Take(i);
            IReadOnlyList<(LabelMap Labels, float[] Confidence)> found = Segment(model, clip, truth[0].Height, truth[0].Width);
            if (isBinary)
                AddVideo(binary, found, truth);
            else
                for (int t = 0; t < truth.Length; t++)
                    semantic.AddFrame(found[t].Labels.Labels, truth[t].Labels);
        }
        if (isBinary)
        {
            AvsBinaryReport report = binary.Report();
            return new ValidationScore("aavs", report.Frames, report.MeanIou, report.FScore);
        }
        AvssSemanticReport classes = semantic.Report();
        FrameClassScore[] occurring = [.. classes.Classes.Where(c => c.Frames > 0)];
        return new ValidationScore("avsbench", classes.Frames, occurring.Average(c => c.Iou), occurring.Average(c => c.FScore));
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

    private (PreparedClip Clip, LabelMap[] Truth) Prepare(long place)
    {
        TrainingClip clip = data.Load((int)place);
        return (_builder.ForValidation(clip), [.. BatchBuilder.LabelledFrames(clip).Select(t => clip.Labels[t]!)]);
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
