using SspNative.Engine.Storage;
using SspNative.Model.Data;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Pipeline;

/// <summary>
/// From a clip to masks: decode, optical flow, sound, text, then SSP frame by frame; for task <c>avss</c> the binary stage first. What a later
/// step reads of all frames lies in temporary files, so that memory does not grow with the clip.
/// </summary>
public sealed class ClipSegmentation
{
    private readonly ClipSource _clip;
    private readonly StageRun _run;
    private readonly StageRun _stage1;
    private readonly SegmentationSettings _settings;
    private readonly IReadOnlyList<string> _classNames;
    private readonly Func<IFlowEstimator?> _estimator;

    /// <param name="clip">The clip.</param>
    /// <param name="run">What segments.</param>
    /// <param name="stage1">What finds the first stage's masks: the binary stage, or the same stage where there is none before it.</param>
    /// <param name="settings">How.</param>
    /// <param name="classNames">Names of the labels in masks.</param>
    /// <param name="estimator">Makes what estimates flow.</param>
    /// <param name="clock">Times the steps.</param>
    internal ClipSegmentation(
        ClipSource clip, StageRun run, StageRun stage1, SegmentationSettings settings, IReadOnlyList<string> classNames, Func<IFlowEstimator?> estimator,
        StageClock clock)
    {
        (_clip, _run, _stage1, _settings, _classNames, _estimator, Clock) = (clip, run, stage1, settings, classNames, estimator, clock);
    }

    public ClipSource Clip => _clip;

    public SegmentationSettings Settings => _settings;

    /// <summary>What segments.</summary>
    internal SspStage Stage => _run.Stage;

    /// <summary>Names the model: equal where its files, sizes and vocabulary are.</summary>
    public required string ModelId { get; init; }

    /// <summary>The flow in use.</summary>
    public required FlowKind Flow { get; init; }

    /// <summary>The masks in use.</summary>
    public InferenceSettings Inference => _run.Inference;

    /// <summary>How long each step took so far.</summary>
    public StageClock Clock { get; }

    /// <summary>The frames with their masks, computed as they are read. To be read once.</summary>
    /// <exception cref="InputException">The clip cannot be decoded.</exception>
    /// <exception cref="InvalidDataException">Numbers are not finite.</exception>
    public IEnumerable<SegmentedFrame> Frames()
    {
        bool isReadAgain = HasBinaryStage || (Stage.Aligns && _clip.HasAudio) || (Flow != FlowKind.None && _clip.FrameCount > 1);
        using SpooledFrames? spooled = isReadAgain ? Clock.Run("decode", _clip.FrameCount, step => SpooledFrames.Of(_clip.Frames(), step)) : null;
        int count = spooled?.Count ?? _clip.FrameCount;
        using SpooledFlow? flow = spooled is null ? null : EstimateFlow(spooled);
        // Without sound the answer is known, and a network that was trained on sound would only guess.
        using SpooledSound? sound = _clip.HasAudio ? EmbedSound(Stage, count) : null;
        using RecordFile? stage1Masks = HasBinaryStage && sound is not null ? SegmentStage1(spooled!, flow, sound) : null;

        using AlignedFrames? aligned = sound is null ? null : Align(Stage, spooled);
        ClipOpticalMask optical = OpticalMask(spooled, flow, _run);
        StageTimer timer = Clock.Start("segment", count);
        int index = 0;
        foreach (Image picture in timer.Each(spooled?.All() ?? _clip.Frames()))
        {
            int t = index++;
            SegmentedFrame frame = timer.Step(() => Segment(t, picture, optical, flow, sound?.Read(t), aligned, stage1Masks));
            yield return frame;
        }
        Stage.EndSegmenting();
    }

    private bool HasBinaryStage => _stage1.Stage != Stage;

    private SegmentedFrame Segment(
        int t, Image picture, ClipOpticalMask optical, SpooledFlow? flow, float[]? sound, AlignedFrames? aligned, RecordFile? stage1Masks)
    {
        (SegmentedMask mask, MaskStack preMask) = sound is null
            ? (new SegmentedMask(new LabelMap(picture.Width, picture.Height), new float[picture.Width * picture.Height]), SilentPreMask(t, optical))
            : Segment(t, Seen(t, picture, optical, sound), aligned, stage1Masks);
        return new SegmentedFrame(
            t, t / _clip.FramesPerSecond, picture, mask.Labels, mask.Confidence, MaskPostprocessor.Objects(mask.Labels, mask.Confidence, _classNames), preMask)
        {
            Motion = flow is not null && t < flow.Pairs ? new FrameMotion(flow.Pair(t).ToArray(), flow.Height, flow.Width, optical.Strongest) : null,
        };
    }

    private (SegmentedMask Mask, MaskStack PreMask) Segment(int t, ClipFrames seen, AlignedFrames? aligned, RecordFile? stage1Masks)
    {
        if (stage1Masks is not null)
            seen = seen with { Stage1Masks = [ReadMask(stage1Masks, t, seen.Frames[0])] };
        else if (Inference.Mask == InferenceMaskMode.Stage1)
            seen = seen with { Stage1Masks = [Stage.Segment(seen, aligned, t, _stage1.Inference.Mask).Mask.Labels] };
        return Stage.Segment(seen, aligned, t, Inference.Mask);
    }

    private static ClipOpticalMask OpticalMask(SpooledFrames? frames, SpooledFlow? flow, StageRun run) => new(
        flow, run.Stage.Config.ImageSize, run.Inference.Tau, run.Inference.Motion,
        frames is null ? null : pair => (frames.Read(pair), frames.Read(pair + 1)));

    // What a frame of a silent clip would be multiplied with; the binary stage has found nothing in it.
    private MaskStack SilentPreMask(int t, ClipOpticalMask optical)
    {
        MaskStack moving = optical.Of([t]), preMask = new(1, moving.Height, moving.Width);
        FusedMasks.InferenceMask(Inference.Mask, moving[0], new float[moving.Values.Length], preMask[0]);
        return preMask;
    }

    private SpooledFlow? EstimateFlow(SpooledFrames frames)
    {
        if (Flow == FlowKind.None || frames.Count < 2)
            return null;
        IFlowEstimator estimator = _estimator()!;
        using var network = estimator as IDisposable;
        Image first = frames.Read(0);
        (int height, int width) = estimator.SizeOf(first);
        var flow = new SpooledFlow(height, width) { FrameHeight = first.Height, FrameWidth = first.Width, Interval = 1 / _clip.FramesPerSecond };
        try
        {
            return Clock.Run("optical flow", (frames.Count - 1) * estimator.StepsPerPair(first), step =>
            {
                foreach (float[] pair in estimator.Estimate(frames.All(), step))
                    flow.Append(pair);
                return flow;
            });
        }
        catch
        {
            flow.Dispose();
            throw;
        }
    }

    private SpooledSound EmbedSound(SspStage stage, int frames) => Clock.Run(
        "sound", 1, _ => stage.EmbedSound(LogMel.ForVideoFrames(_clip.AudioBlocks(), frames, _clip.FramesPerSecond)));

    private AlignedFrames? Align(SspStage stage, SpooledFrames? frames) => frames is null || !stage.Aligns
        ? null
        : Clock.Run("alignment", 2 * frames.Count, step => stage.Align(frames.All(), _settings.Prompts ?? Prompts.Empty, step));

    // The binary stage's masks of all frames, of the frames' size.
    private RecordFile SegmentStage1(SpooledFrames frames, SpooledFlow? flow, SpooledSound secondSound)
    {
        SspStage stage = _stage1.Stage;
        using SpooledSound? own = stage.HasSound ? EmbedSound(stage, frames.Count) : null;
        SpooledSound sound = own ?? secondSound;
        using AlignedFrames? aligned = Align(stage, frames);
        ClipOpticalMask optical = OpticalMask(frames, flow, _stage1);
        Image first = frames.Read(0);
        var masks = new RecordFile(first.Width * first.Height);
        try
        {
            return Clock.Run("binary stage", frames.Count, step =>
            {
                for (int t = 0; t < frames.Count; t++)
                {
                    masks.Append(stage.Segment(Seen(t, frames.Read(t), optical, sound.Read(t)), aligned, t, _stage1.Inference.Mask).Mask.Labels.Labels);
                    step();
                }
                stage.EndSegmenting();
                return masks;
            });
        }
        catch
        {
            masks.Dispose();
            throw;
        }
    }

    private ClipFrames Seen(int t, Image picture, ClipOpticalMask optical, float[] sound) =>
        new(_clip.Name, [picture], optical.Of([t]), _settings.Prompts ?? Prompts.Empty) { AudioEmbedding = sound, IsAligned = true };

    private static LabelMap ReadMask(RecordFile masks, int t, Image picture)
    {
        var labels = new LabelMap(picture.Width, picture.Height);
        masks.Read(t, labels.Labels);
        return labels;
    }
}
