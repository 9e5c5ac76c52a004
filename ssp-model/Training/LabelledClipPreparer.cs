using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.Caching;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Training;

/// <summary>
/// Turns labelled clips into what the model and the losses read. A clip's labelled frames are one batch; frames without a label only lend their
/// motion to the optical mask. May be used from several threads.
/// </summary>
/// <param name="config">The model's sizes.</param>
/// <param name="options">What masks and targets are made of.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
/// <param name="frozen">Looks up what frozen encoders computed of a clip; null leaves that to the model.</param>
public sealed class LabelledClipPreparer(SspConfig config, TrainingOptions options, PromptTokenizer tokenizer, FrozenEncoders? frozen = null)
{
    private readonly ClipPreparer _preparer = new(config, tokenizer, frozen);

    /// <summary>A clip with targets.</summary>
    /// <param name="knowsGroundTruth">
    /// Whether the pre-mask is equation (2); otherwise it is what the clip would get at inference, the ground truth standing for the
    /// masks that come first.
    /// </param>
    /// <exception cref="InputException">The clip has no label, or a class the model does not have.</exception>
    public LabelledClip ForTraining(TrainingClip clip, bool knowsGroundTruth)
    {
        int[] frames = LabelledFrames(clip);
        if (options.Objective == TrainingObjective.AudioTagging)
            return OfSound(clip, frames);
        if (options.Objective == TrainingObjective.TextTagging)
            return OfText(clip);
        LabelMap[] truth = [.. frames.Select(t => Known(clip, t))];
        MaskStack optical = OpticalMask(clip, frames);
        int size = config.ImageSize;
        var targets = new FrameTargets[frames.Length];
        for (int i = 0; i < frames.Length; i++)
            targets[i] = Targets(truth[i].ResizeNearest(size, size), Moving(optical, i).ResizeNearest(size, size));
        InferenceMaskMode mode = options.PreMask && knowsGroundTruth ? InferenceMaskMode.Stage1 : options.Inference.Mask;
        return new LabelledClip(_preparer.Prepare(Frames(clip, frames, optical) with { Stage1Masks = truth }, mode), targets);
    }

    /// <summary>A clip as the model sees it where the ground truth is unknown.</summary>
    /// <exception cref="InputException">The clip has no label, or the binary stage's masks are needed and not there.</exception>
    public LabelledClip ForValidation(TrainingClip clip)
    {
        int[] frames = LabelledFrames(clip);
        if (options.Objective == TrainingObjective.AudioTagging)
            return OfSound(clip, frames);
        if (options.Objective == TrainingObjective.TextTagging)
            return OfText(clip);
        bool needsStage1 = NeedsStage1(config, options);
        if (needsStage1 && clip.Stage1Masks is null)
            throw new InputException($"{clip.Id}: the masks of the binary stage are missing, which this validation needs");
        ClipFrames seen = Frames(clip, frames, OpticalMask(clip, frames)) with
        {
            Stage1Masks = needsStage1 ? [.. frames.Select(t => Stage1Mask(clip, t))] : null,
        };
        return new LabelledClip(_preparer.Prepare(seen, options.Inference.Mask), []);
    }

    /// <summary>Whether clips must bring the binary stage's masks to be segmented without their labels.</summary>
    public static bool NeedsStage1(SspConfig config, TrainingOptions options) => ClipPreparer.NeedsStage1(config, options.Inference.Mask);

    /// <summary>Indexes of the frames that have a label.</summary>
    public static int[] LabelledFrames(TrainingClip clip)
    {
        int[] labelled = [.. Enumerable.Range(0, clip.Frames.Count).Where(t => clip.Labels[t] is not null)];
        return labelled.Length > 0 ? labelled : throw new InputException($"{clip.Id}: no frame has a label");
    }

    /// <summary>The class of a label: sounding or not for a model of two labels, else the label itself.</summary>
    public byte ClassOf(byte label) => config.HasClasses || options.Objective != TrainingObjective.Segmentation ? label : (byte)(label != 0 ? 1 : 0);

    private static LabelledClip OfSound(TrainingClip clip, int[] frames)
    {
        float[] sounding = new float[frames.Length * Palette.ClassNames.Count];
        for (int i = 0; i < frames.Length; i++)
            foreach (byte label in clip.Labels[frames[i]]!.Labels)
                sounding[i * Palette.ClassNames.Count + label] = label != 0 ? 1 : 0;
        return new LabelledClip(new PreparedClip { Id = clip.Id, Frames = frames.Length, Examples = Examples(clip, frames) }, []) { TrueClasses = sounding };
    }

    private LabelledClip OfText(TrainingClip clip) =>
        new(new PreparedClip { Id = clip.Id, Frames = 1, Ids = _preparer.Ids(clip.Prompts) }, []) { TrueClasses = NamedClasses.Of(clip.Prompts) };

    private static ClipFrames Frames(TrainingClip clip, int[] frames, MaskStack optical) =>
        new(clip.Id, [.. frames.Select(t => clip.Frames[t])], optical, clip.Prompts) { Examples = Examples(clip, frames) };

    private static float[] Examples(TrainingClip clip, int[] frames) =>
        [.. frames.SelectMany(t => clip.Examples[(t * LogMel.ExampleLength)..((t + 1) * LogMel.ExampleLength)])];

    private static LabelMap Stage1Mask(TrainingClip clip, int frame) =>
        clip.Stage1Masks![frame] ?? throw new InputException($"{clip.Id}: frame {frame} has no mask of the binary stage");

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

    // Exact flow needs no frames to check it. Motion is carried along from frame to frame, but a picture that is repeated has not moved on.
    private MaskStack OpticalMask(TrainingClip clip, int[] frames) =>
        new ClipOpticalMask(clip.Flow, config.ImageSize, options.Tau, options.Motion, clip.Flow is { IsEstimated: true } ? clip.Pair : null)
            .Of(clip.RepeatsFirst ? new int[frames.Length] : frames);

    // Every class of the frame has a mask of its own, the background too. M_Post narrows what sounds to what moves; the paper gives none
    // for the background, which therefore keeps its mask.
    private FrameTargets Targets(LabelMap labels, LabelMap moving)
    {
        byte[] classes = Array.ConvertAll(labels.Labels, ClassOf);
        int[] present = [.. classes.Distinct().Order().Select(c => (int)c)];
        float[] motion = Array.ConvertAll(moving.Labels, l => (float)l);
        float[] masks = new float[present.Length * classes.Length], postMasks = new float[masks.Length];
        for (int m = 0; m < present.Length; m++)
        {
            Span<float> mask = masks.AsSpan(m * classes.Length, classes.Length), postMask = postMasks.AsSpan(m * classes.Length, classes.Length);
            for (int i = 0; i < classes.Length; i++)
                mask[i] = classes[i] == present[m] ? 1 : 0;
            if (present[m] == 0)
                mask.CopyTo(postMask);
            else
                FusedMasks.PostMask(motion, mask, postMask);
        }
        return new FrameTargets(present, masks, postMasks);
    }

    private static LabelMap Moving(MaskStack optical, int frame) =>
        new(optical.Width, optical.Height, Array.ConvertAll(optical[frame].ToArray(), v => (byte)v));
}
