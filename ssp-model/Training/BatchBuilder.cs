using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Training;

/// <summary>
/// Turns labelled clips into what the model and the losses read. A clip's labelled frames are one batch; frames without a label only lend their
/// motion to the optical mask. May be used from several threads.
/// </summary>
/// <param name="config">The model's sizes.</param>
/// <param name="options">What masks and targets are made of.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
/// <param name="frozen">Looks up what frozen encoders computed of a clip; null leaves that to the model.</param>
public sealed class BatchBuilder(SspConfig config, TrainingOptions options, PromptTokenizer tokenizer, FrozenEncoders? frozen = null)
{
    /// <summary>A clip with targets.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="knowsGroundTruth">
    /// Whether the pre-mask is equation (2); otherwise it is what the clip would get at inference, the ground truth standing for the first
    /// stage's masks.
    /// </param>
    /// <exception cref="InputException">The clip has no label, or a class the model does not have.</exception>
    public PreparedClip ForTraining(TrainingClip clip, bool knowsGroundTruth)
    {
        int[] frames = LabelledFrames(clip);
        if (options.Objective == TrainingObjective.Sound)
            return OfSound(clip, frames);
        LabelMap[] truth = [.. frames.Select(t => Known(clip, t))];
        float[] optical = OpticalMasks(clip, out int height, out int width);
        int size = config.ImageSize;
        var targets = new FrameTargets[frames.Length];
        for (int i = 0; i < frames.Length; i++)
        {
            LabelMap moving = OfFrame(optical, frames[i], height, width).ResizeNearest(size, size);
            targets[i] = Targets(truth[i].ResizeNearest(size, size), moving);
        }
        InferenceMaskMode mode = knowsGroundTruth ? InferenceMaskMode.Stage1 : options.InferenceMask;
        return Prepare(clip, frames, optical, height, width, mode, truth, targets);
    }

    /// <summary>A clip as the model sees it where the ground truth is unknown.</summary>
    /// <exception cref="InputException">The clip has no label, or the binary stage's masks are needed and not there.</exception>
    public PreparedClip ForValidation(TrainingClip clip)
    {
        int[] frames = LabelledFrames(clip);
        if (options.Objective == TrainingObjective.Sound)
            return OfSound(clip, frames);
        float[] optical = OpticalMasks(clip, out int height, out int width);
        bool needsStage1 = NeedsStage1(config, options);
        if (needsStage1 && clip.Stage1 is null)
            throw new InputException($"{clip.Id}: the masks of the binary stage are missing, which this validation needs");
        LabelMap[]? stage1 = needsStage1 ? [.. frames.Select(t => Stage1Of(clip, t))] : null;
        return Prepare(clip, frames, optical, height, width, options.InferenceMask, stage1, []);
    }

    /// <summary>Whether clips must bring the binary stage's masks to be segmented without their labels.</summary>
    public static bool NeedsStage1(SspConfig config, TrainingOptions options) =>
        config.Task == SegmentationTask.Avss || options is { PreMask: true, InferenceMask: InferenceMaskMode.Stage1 };

    /// <summary>Indexes of the frames that have a label.</summary>
    public static int[] LabelledFrames(TrainingClip clip)
    {
        int[] labelled = [.. Enumerable.Range(0, clip.Frames.Count).Where(t => clip.Labels[t] is not null)];
        return labelled.Length > 0 ? labelled : throw new InputException($"{clip.Id}: no frame has a label");
    }

    /// <summary>The class of a label: sounding or not for a model of two labels, else the label itself.</summary>
    public byte ClassOf(byte label) => config.HasClasses || options.Objective != TrainingObjective.Sounding ? label : (byte)(label != 0 ? 1 : 0);

    private static PreparedClip OfSound(TrainingClip clip, int[] frames)
    {
        float[] examples = [.. frames.SelectMany(t => clip.Examples[(t * LogMel.ExampleLength)..((t + 1) * LogMel.ExampleLength)])];
        float[] heard = new float[frames.Length * Palette.ClassNames.Count];
        for (int i = 0; i < frames.Length; i++)
            foreach (byte label in clip.Labels[frames[i]]!.Labels)
                heard[i * Palette.ClassNames.Count + label] = label != 0 ? 1 : 0;
        return new PreparedClip(clip.Id, frames.Length, 0, [], 0, [], [], 0, 0, examples, [], null, []) { Heard = heard };
    }

    private static LabelMap Stage1Of(TrainingClip clip, int frame) =>
        clip.Stage1![frame] ?? throw new InputException($"{clip.Id}: frame {frame} has no mask of the binary stage");

    private LabelMap Known(TrainingClip clip, int frame)
    {
        LabelMap labels = clip.Labels[frame]!;
        if (config.HasClasses && !clip.HasClasses)
            throw new InputException($"{clip.Id}: its labels do not tell classes, but the model has {config.NumLabels}; give it num_labels 2");
        byte largest = labels.Labels.Max(ClassOf);
        return largest < config.NumLabels
            ? labels
            : throw new InputException($"{clip.Id}: frame {frame} has class {largest}, but the model has {config.NumLabels} classes");
    }

    private PreparedClip Prepare(
        TrainingClip clip, int[] frames, float[] optical, int height, int width, InferenceMaskMode mode, LabelMap[]? binary, FrameTargets[] targets)
    {
        int size = config.ImageSize, clipSize = config.Clip.ImageSize, pixels = height * width;
        float[] images = new float[frames.Length * 3 * size * size];
        float[] preMask = new float[frames.Length * pixels], examples = new float[frames.Length * LogMel.ExampleLength];
        for (int i = 0; i < frames.Length; i++)
        {
            int t = frames[i];
            Mask2FormerImageProcessor.Process(clip.Frames[t], images.AsSpan(i * 3 * size * size, 3 * size * size), size, size);
            float[] sounding = mode == InferenceMaskMode.Stage1 ? Sounding(binary![i].ResizeNearest(width, height)) : [];
            FusedMasks.InferenceMask(
                options.PreMask ? mode : InferenceMaskMode.None, optical.AsSpan(t * pixels, pixels), sounding, preMask.AsSpan(i * pixels, pixels));
            clip.Examples.AsSpan(t * LogMel.ExampleLength, LogMel.ExampleLength).CopyTo(examples.AsSpan(i * LogMel.ExampleLength));
        }
        float[]? boost = config.Task == SegmentationTask.Avss ? [.. binary!.SelectMany(b => Sounding(b.ResizeNearest(size, size)))] : null;
        long[] ids = Array.ConvertAll(tokenizer.Encode(clip.Prompts, config.Text.MaxPositionEmbeddings), id => (long)id);
        Image[] seen = [.. frames.Select(t => clip.Frames[t])];
        FrozenFeature? tokens = frozen?.ClipTokens(seen);
        float[]? clipImages = config.TextFusion == TextFusion.Vta && tokens is not { IsKnown: true } ? ClipImages(seen) : null;
        return new PreparedClip(clip.Id, frames.Length, size, images, clipSize, clipImages, preMask, height, width, examples, ids, boost, targets)
        {
            ClipTokens = tokens,
            AudioFeatures = frozen?.AudioFeatures(examples),
        };
    }

    private float[] ClipImages(Image[] frames)
    {
        int size = config.Clip.ImageSize, length = 3 * size * size;
        float[] images = new float[frames.Length * length];
        for (int i = 0; i < frames.Length; i++)
            ClipImageProcessor.Process(frames[i], images.AsSpan(i * length, length), size);
        return images;
    }

    private float[] OpticalMasks(TrainingClip clip, out int height, out int width) =>
        ClipFlow.OpticalMasks(clip.Flow, clip.Frames.Count, config.ImageSize, options.Tau, out height, out width);

    // Every class of the frame has a mask of its own, the background too. M_Post narrows what sounds to what moves; the paper gives none
    // for the background, which therefore keeps its mask.
    private FrameTargets Targets(LabelMap labels, LabelMap moving)
    {
        byte[] classes = Array.ConvertAll(labels.Labels, ClassOf);
        int[] present = [.. classes.Distinct().Order().Select(c => (int)c)];
        float[] optical = Array.ConvertAll(moving.Labels, l => l != 0 ? 1f : 0f);
        float[] masks = new float[present.Length * classes.Length], postMasks = new float[masks.Length];
        for (int m = 0; m < present.Length; m++)
        {
            Span<float> mask = masks.AsSpan(m * classes.Length, classes.Length), postMask = postMasks.AsSpan(m * classes.Length, classes.Length);
            for (int i = 0; i < classes.Length; i++)
                mask[i] = classes[i] == present[m] ? 1 : 0;
            if (present[m] == 0)
                mask.CopyTo(postMask);
            else
                FusedMasks.PostMask(optical, mask, postMask);
        }
        return new FrameTargets(present, masks, postMasks);
    }

    private static LabelMap OfFrame(float[] optical, int frame, int height, int width) =>
        new(width, height, Array.ConvertAll(optical[(frame * height * width)..((frame + 1) * height * width)], v => (byte)v));

    private static float[] Sounding(LabelMap labels) => Array.ConvertAll(labels.Labels, l => l != 0 ? 1f : 0f);
}
