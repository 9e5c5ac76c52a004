using System.Text;
using SspNative.Engine.Distributed;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Metrics;
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
/// <param name="config">Sizes and task of the model.</param>
/// <param name="options">How it was trained, which says what masks it is given.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
public sealed class Evaluator(SspConfig config, TrainingOptions options, PromptTokenizer tokenizer)
{
    private const string Stage = "clips";

    /// <summary>Whether masks are scored at 224² too, by the protocol <c>aavs224</c>.</summary>
    public bool ScoresAt224 { get; init; }

    /// <summary>The processes that score together, each with this evaluator, the same model and the same clips: each runs the model on its share.</summary>
    public ICollective Ranks { get; init; } = SingleProcess.Instance;

    /// <summary>Runs the model on every clip.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">
    /// The clips. Scores by class want <see cref="TrainingClip.HasClasses"/>, those by difficulty <see cref="TrainingClip.Scene"/>.
    /// </param>
    /// <param name="onClip">Is given the masks of each clip, in order; of several ranks, the first one's.</param>
    /// <param name="progress">Is told of each clip.</param>
    /// <exception cref="InputException">A clip cannot be used, or there is none; or ranks were given different things.</exception>
    public EvaluationReport Evaluate(
        TrainingModel model, IClipDataset data, Action<SegmentedClip>? onClip = null, StageProgress? progress = null)
    {
        data.RequireClips();
        RequireSame(model, data);
        SplitTally tally = IsBinary ? new BinaryTally() : new SemanticTally(config.NumLabels);
        var clips = new List<ClipScore>(data.Count);
        IClipDataset seen = NeedsFirstRun ? new Stage1ModelDataset(data, model, options, tokenizer) : data;
        progress?.Invoke(Stage, 0, data.Count);
        foreach (FoundClip clip in FindAll(model, seen))
        {
            double iou = tally.Add(clip.Found, clip.Truth, clip.HasClasses);
            clips.Add(new ClipScore(clip.Segmented.Id, clip.Found.Count, iou, clip.Difficulties, clip.Things));
            onClip?.Invoke(clip.Segmented);
            progress?.Invoke(Stage, clips.Count, data.Count);
        }
        string task = options.Objective == TrainingObjective.SemanticPretraining ? "sight" : ConfigJson.Word(config.Task);
        if (Ranks.Count == 1)
            return Report(task, tally, clips);
        byte[] report = Ranks.FromFirst(Ranks.Rank == 0 ? Encoding.UTF8.GetBytes(Report(task, tally, clips).ToJson()) : []);
        return ConfigJson.Parse<EvaluationReport>(Encoding.UTF8.GetString(report));
    }

    /// <summary>What a model marks of clips with their own sound and with another.</summary>
    /// <param name="model">The model.</param>
    /// <param name="own">The clips.</param>
    /// <param name="heard">The same clips with the other sound.</param>
    /// <param name="sound">Which sound that is.</param>
    /// <param name="progress">Is told of each clip.</param>
    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    public WrongSoundReport Mark(TrainingModel model, IClipDataset own, IClipDataset heard, ReplacedSound sound, StageProgress? progress = null) =>
        new(sound.ToString().ToLowerInvariant(), own.Count, Marked(model, own, own, progress), Marked(model, own, heard, progress));

    /// <summary>Scores masks that are there already, of whatever size: at the frames' size, and at 224² for the protocol <c>aavs224</c>.</summary>
    /// <param name="data">The clips.</param>
    /// <param name="task">What the masks tell.</param>
    /// <param name="progress">Is told of each clip.</param>
    /// <exception cref="InputException">A mask is missing or damaged, or there is no clip.</exception>
    public static EvaluationReport Score(MaskFolder masks, IClipDataset data, SegmentationTask task, StageProgress? progress = null)
    {
        data.RequireClips();
        bool isBinary = task == SegmentationTask.Avs;
        SplitTally tally = isBinary ? new BinaryTally() : new SemanticTally(Palette.ClassNames.Count);
        var clips = new List<ClipScore>(data.Count);
        for (int i = 0; i < data.Count; i++)
        {
            TrainingClip clip = data.Load(i);
            int[] frames = LabelledClipPreparer.LabelledFrames(clip);
            LabelMap[] truth = [.. frames.Select(t => clip.Labels[t]!)];
            FoundFrame[] found = [.. frames.Zip(truth, (t, labels) => Stored(masks, clip.Id, t, labels, isBinary))];
            double iou = tally.Add(found, truth, clip.HasClasses);
            clips.Add(new ClipScore(
                clip.Id, frames.Length, iou, clip.Scene?.Difficulties ?? [],
                clip.Scene is { } scene ? ThingScore.Score(scene, frames, [.. found.Select(f => f.Mask.Labels)], haveClasses: !isBinary) : []));
            progress?.Invoke(Stage, i + 1, data.Count);
        }
        return Report(ConfigJson.Word(task), tally, clips);
    }

    /// <summary>What a model finds in a prepared clip's frames, at a size.</summary>
    public static IReadOnlyList<SegmentedMask> Segment(TrainingModel model, PreparedClip clip, int height, int width)
    {
        using var scope = new TensorScope();
        return MaskPostprocessor.Segment(model.Forward(clip), clip.Size, height, width, model.IsBinary);
    }

    private static EvaluationReport Report(string task, SplitTally tally, IReadOnlyList<ClipScore> clips) => new()
    {
        Task = task,
        Clips = clips.Count,
        Frames = clips.Sum(c => c.Frames),
        Protocols = tally.Protocols(),
        Classes = tally.Classes(),
        Difficulties = DifficultyScore.Summarise(clips),
        ClipScores = clips,
    };

    // A mask has no scores: what is marked is certain.
    private static FoundFrame Stored(MaskFolder masks, string clip, int frame, LabelMap truth, bool isBinary)
    {
        string path = masks.Find(clip, frame) ?? throw new InputException($"{masks.Expected(clip, frame)}: this mask is missing");
        LabelMap mask = masks.Read(path);
        // Of a palette with more labels, as a semantic model's, whatever is marked sounds.
        if (isBinary)
            mask = mask.ToBinary();
        LabelMap small = mask.ResizeNearest(Aavs224.Size, Aavs224.Size);
        if (!isBinary && mask.Labels.Max() is var largest && largest >= Palette.ClassNames.Count)
            throw new InputException($"{path}: the mask has class {largest}, of {Palette.ClassNames.Count} classes");
        LabelMap native = mask.ResizeNearest(truth.Width, truth.Height);
        float[] scores = isBinary ? [.. small.Labels.Select(l => l == 0 ? 1f : 0f), .. small.Labels.Select(l => l == 0 ? 0f : 1f)] : [];
        return new FoundFrame(
            new SegmentedMask(native, [.. Enumerable.Repeat(1f, native.Labels.Length)]), new FoundAt224(scores, isBinary ? [] : small.Labels));
    }

    private MarkedShares Marked(TrainingModel model, IClipDataset truth, IClipDataset heard, StageProgress? progress)
    {
        var tally = new MarkedTally();
        int next = 0;
        Evaluate(model, heard, clip => tally.Add(clip, truth.Load(next++)), progress);
        return tally.Shares();
    }

    private void RequireSame(TrainingModel model, IClipDataset data)
    {
        if (Ranks.Count == 1)
            return;
        Ranks.RequireSame("program", RankHashes.OfProgram());
        Ranks.RequireSame("device", model.Device.Identity);
        Ranks.RequireSame("model", RankHashes.Of($"{ConfigJson.Write(config)} {ConfigJson.Write(options)} {RankHashes.Of(model.Parameters)}"));
        Ranks.RequireSame("list of clips", TrainingState.Fingerprint(data));
    }

    // All clips in order, at rank 0; the others send theirs there and have none.
    private IEnumerable<FoundClip> FindAll(TrainingModel model, IClipDataset data)
    {
        var preparer = new LabelledClipPreparer(config, options, tokenizer, model.Frozen);
        using var prefetcher = new ClipPrefetcher<Truth>(place => Prepare(preparer, data.Load((int)place)), data.Count, next: place => place + Ranks.Count);
        for (int round = 0; round < data.Count; round += Ranks.Count)
        {
            int own = round + Ranks.Rank;
            FoundClip? found = own < data.Count ? Find(model, prefetcher.Take(own)) : null;
            if (Ranks.Count == 1)
            {
                yield return found!;
                continue;
            }
            byte[][] others = Ranks.Gather(Ranks.Rank == 0 ? [] : found?.ToBytes() ?? []);
            for (int rank = 0; rank < others.Length && round + rank < data.Count; rank++)
                yield return rank == 0 ? found! : FoundClip.FromBytes(others[rank]);
        }
    }

    private FoundClip Find(TrainingModel model, Truth clip)
    {
        IReadOnlyList<FoundFrame> found = FindFrames(model, clip);
        var segmented = new SegmentedClip(clip.Source.Id, clip.Frames, [.. found.Select(f => f.Mask.Labels)]);
        return new FoundClip(
            segmented, found, clip.Labels, clip.Source.HasClasses, clip.Source.Scene?.Difficulties ?? [],
            clip.Source.Scene is { } scene ? ThingScore.Score(scene, segmented.Frames, segmented.Labels, haveClasses: !IsBinary) : []);
    }

    private IReadOnlyList<FoundFrame> FindFrames(TrainingModel model, Truth clip)
    {
        using var scope = new TensorScope();
        SspOutput output = model.Forward(clip.Prepared);
        int size = clip.Prepared.Size;
        IReadOnlyList<SegmentedMask> masks = MaskPostprocessor.Segment(output, size, clip.Labels[0].Height, clip.Labels[0].Width, model.IsBinary);
        if (!ScoresAt224)
            return [.. masks.Select(m => new FoundFrame(m, null))];
        IEnumerable<FoundAt224> at224 = IsBinary
            ? MaskPostprocessor.Scores(output, size, Aavs224.Size, Aavs224.Size, model.IsBinary).Select(scores => new FoundAt224(scores, []))
            : MaskPostprocessor.Segment(output, size, Aavs224.Size, Aavs224.Size, model.IsBinary).Select(m => new FoundAt224([], m.Labels.Labels));
        return [.. masks.Zip(at224, (mask, other) => new FoundFrame(mask, other))];
    }

    // The binary stage has no stage before it: with equation (2) it is its own.
    private bool NeedsFirstRun => IsBinary && options.Inference.Mask == InferenceMaskMode.Stage1;

    private bool IsBinary => options.Objective.IsBinary(config);

    private Truth Prepare(LabelledClipPreparer preparer, TrainingClip clip)
    {
        int[] frames = LabelledClipPreparer.LabelledFrames(clip);
        foreach (int t in frames)
            if (!IsBinary && clip.Labels[t]!.Labels.Max() is var largest && largest >= config.NumLabels)
                throw new InputException($"{clip.Id}: frame {t} has class {largest}, but the model has {config.NumLabels} classes");
        return new Truth(clip, preparer.ForValidation(clip).Prepared, frames, [.. frames.Select(t => clip.Labels[t]!)]);
    }

    private sealed record Truth(TrainingClip Source, PreparedClip Prepared, int[] Frames, LabelMap[] Labels);
}
