using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;

namespace SspNative.Model.Evaluation;

/// <summary>What a model found in a clip.</summary>
/// <param name="Id">The clip's uid.</param>
/// <param name="Frames">Which frames of it: those that have a label.</param>
/// <param name="Labels">Their label maps, of the frames' size.</param>
public sealed record SegmentedClip(string Id, IReadOnlyList<int> Frames, IReadOnlyList<LabelMap> Labels);

/// <summary>
/// Scores a model on labelled clips as it would segment them without their labels. The model runs once on each clip, and all protocols share what is
/// counted of a frame.
/// </summary>
/// <param name="config">The model's.</param>
/// <param name="options">The training's, which say what masks the model is given.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
public sealed class Evaluator(SspConfig config, TrainingOptions options, PromptTokenizer tokenizer)
{
    private const string Stage = "clips";

    /// <summary>Runs the model on every clip.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">
    /// The clips. Scores by class want <see cref="TrainingClip.HasClasses"/>, those by difficulty <see cref="TrainingClip.Scene"/>.
    /// </param>
    /// <param name="onClip">Is given the masks of each clip, in order.</param>
    /// <param name="progress">Is told of each clip.</param>
    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    public EvaluationReport Evaluate(
        TrainingModel model, IClipDataset data, Action<SegmentedClip>? onClip = null, StageProgress? progress = null)
    {
        if (data.Count == 0)
            throw new InputException("the split has no clips");
        SplitTally tally = IsBinary ? new BinaryTally() : new SemanticTally(config.NumLabels);
        var clips = new List<ClipScore>(data.Count);
        var preparer = new LabelledClipPreparer(config, options, tokenizer, model.Frozen);
        using var queue = new ClipQueue<Truth>(place => Prepare(preparer, data.Load((int)place)), data.Count);
        progress?.Invoke(Stage, 0, data.Count);
        for (int i = 0; i < data.Count; i++)
        {
            Truth clip = queue.Take(i);
            IReadOnlyList<SegmentedMask> found = Segment(model, clip.Prepared, clip.Labels[0].Height, clip.Labels[0].Width);
            double iou = tally.Add(found, clip.Labels, clip.Source.HasClasses);
            var segmented = new SegmentedClip(clip.Source.Id, clip.Frames, [.. found.Select(f => f.Labels)]);
            clips.Add(ScoreOf(clip, segmented, iou));
            onClip?.Invoke(segmented);
            progress?.Invoke(Stage, i + 1, data.Count);
        }
        return new EvaluationReport
        {
            Task = IsBinary ? "avs" : options.Objective == TrainingObjective.Sight ? "sight" : "avss",
            Clips = clips.Count,
            Frames = clips.Sum(c => c.Frames),
            Protocols = tally.Protocols(),
            Classes = tally.Classes(),
            Difficulties = DifficultyScore.Of(clips),
            ClipScores = clips,
        };
    }

    /// <summary>What a model finds in a prepared clip's frames, at a size.</summary>
    public static IReadOnlyList<SegmentedMask> Segment(TrainingModel model, PreparedClip clip, int height, int width)
    {
        using var scope = new TensorScope();
        return MaskPostprocessor.Segment(model.Forward(clip), clip.Size, height, width, model.IsBinary);
    }

    private bool IsBinary => config.Task == SegmentationTask.Avs && options.Objective == TrainingObjective.Sounding;

    private Truth Prepare(LabelledClipPreparer preparer, TrainingClip clip)
    {
        int[] frames = LabelledClipPreparer.LabelledFrames(clip);
        foreach (int t in frames)
            if (!IsBinary && clip.Labels[t]!.Labels.Max() is var largest && largest >= config.NumLabels)
                throw new InputException($"{clip.Id}: frame {t} has class {largest}, but the model has {config.NumLabels} classes");
        return new Truth(clip, preparer.ForValidation(clip).Clip, frames, [.. frames.Select(t => clip.Labels[t]!)]);
    }

    private ClipScore ScoreOf(Truth clip, SegmentedClip found, double iou) => new(
        found.Id, found.Frames.Count, iou, clip.Source.Scene?.Difficulties ?? [],
        clip.Source.Scene is { } scene ? ThingScore.Of(scene, found.Frames, found.Labels, haveClasses: !IsBinary) : []);

    private sealed record Truth(TrainingClip Source, PreparedClip Prepared, int[] Frames, LabelMap[] Labels);
}
