using SspNative.Model.Data;
using SspNative.Model.Files;
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
    // Frames and blocks of sound that are decoded before they are asked for.
    private const int FramesAhead = 1, BlocksAhead = 2;

    private readonly ClipSource _clip;
    private readonly SegmentationPass _pass;
    private readonly SegmentationPass _stage1;
    private readonly SegmentationSettings _settings;
    private readonly IReadOnlyList<string> _classNames;
    private readonly Func<IFlowEstimator?> _estimator;

    /// <param name="clip">The clip.</param>
    /// <param name="pass">What segments.</param>
    /// <param name="stage1">What finds the masks that come first: the binary stage, or the same networks where there is none.</param>
    /// <param name="settings">How.</param>
    /// <param name="classNames">Names of the labels in masks.</param>
    /// <param name="estimator">Makes what estimates flow.</param>
    /// <param name="clock">Times the steps.</param>
    internal ClipSegmentation(
        ClipSource clip, SegmentationPass pass, SegmentationPass stage1, SegmentationSettings settings, IReadOnlyList<string> classNames,
        Func<IFlowEstimator?> estimator, StageClock clock)
    {
        (_clip, _pass, _stage1, _settings, _classNames, _estimator, Clock) = (clip, pass, stage1, settings, classNames, estimator, clock);
    }

    public ClipSource Clip => _clip;

    public SegmentationSettings Settings => _settings;

    /// <summary>What segments.</summary>
    internal SspNetworks Networks => _pass.Networks;

    /// <summary>Names the model: equal where its files, sizes and vocabulary are.</summary>
    public required string ModelId { get; init; }

    /// <summary>The flow in use.</summary>
    public required FlowKind Flow { get; init; }

    /// <summary>The masks in use.</summary>
    public InferenceSettings Inference => _pass.Inference;

    /// <summary>How long each step took so far.</summary>
    public StageClock Clock { get; }

    /// <summary>The frames with their masks, computed as they are read. To be read once.</summary>
    /// <exception cref="InputException">The clip cannot be decoded.</exception>
    /// <exception cref="InvalidDataException">Numbers are not finite.</exception>
    public IEnumerable<SegmentedFrame> Frames()
    {
        bool isReadAgain = HasBinaryStage || (Networks.Aligns && _clip.HasAudio) || (Flow != FlowKind.None && _clip.FrameCount > 1);
        using var decoded = new ReadAhead<Image>(_clip.Frames(), FramesAhead);
        using ReadAhead<float[]>? heard = _clip.HasAudio ? new ReadAhead<float[]>(_clip.AudioBlocks(), BlocksAhead) : null;
        using SpooledFrames? spooled = isReadAgain ? Spool(decoded) : null;
        using SpooledFlow? flow = spooled is null ? null : EstimateFlow(spooled);
        int count = spooled?.DecodeAll() ?? _clip.FrameCount;
        // Without sound the answer is known, and a network that was trained on sound would only guess.
        using SpooledSound? sound = heard is null ? null : EmbedSound(Networks, heard.Items(), count);
        using RecordFile? stage1Masks = HasBinaryStage && sound is not null ? SegmentStage1(spooled!, flow, sound) : null;

        using AlignedFrames? aligned = sound is null ? null : Align(Networks, spooled);
        ClipOpticalMask optical = OpticalMask(spooled, flow, _pass);
        StageTimer timer = Clock.Start("segment", count);
        using var ready = new ReadAhead<ReadyFrame>(
            (spooled?.All() ?? decoded.Items()).Select((picture, t) => Ready(t, picture, optical, flow, sound?.Read(t), stage1Masks)), 1);
        try
        {
            foreach (ReadyFrame frame in timer.Each(ready.Items()))
            {
                SegmentedFrame segmented = timer.Step(() => Segment(frame, aligned));
                yield return segmented;
            }
        }
        finally
        {
            Networks.EndSegmenting();
        }
    }

    // A frame with all that is made of it before the networks, on another thread.
    private sealed record ReadyFrame(int Index, Image Picture, FrameMotion? Motion, MaskStack PreMask)
    {
        // Null where a clip is silent.
        public PreparedClip? Prepared { get; init; }

        // Where what the frame is multiplied with is found by a first pass over it.
        public ClipFrames? Unmasked { get; init; }
    }

    private bool HasBinaryStage => _stage1.Networks != Networks;

    private ReadyFrame Ready(int t, Image picture, ClipOpticalMask optical, SpooledFlow? flow, float[]? sound, RecordFile? stage1Masks)
    {
        FrameMotion? motion = flow is not null && t < flow.Pairs ? new FrameMotion(flow.Pair(t).ToArray(), flow.Height, flow.Width, optical.Strongest) : null;
        if (sound is null)
            return new ReadyFrame(t, picture, motion, SilentPreMask(t, optical));
        ClipFrames seen = Seen(t, picture, optical, sound);
        if (stage1Masks is not null)
            seen = seen with { Stage1Masks = [ReadMask(stage1Masks, t, picture)] };
        bool asksFirst = stage1Masks is null && Inference.Mask == InferenceMaskMode.Stage1;
        PreparedClip prepared = Networks.Prepare(seen, asksFirst ? _stage1.Inference.Mask : Inference.Mask);
        return new ReadyFrame(t, picture, motion, prepared.PreMask) { Prepared = prepared, Unmasked = asksFirst ? seen : null };
    }

    private SegmentedFrame Segment(ReadyFrame frame, AlignedFrames? aligned)
    {
        (int t, Image picture, MaskStack preMask) = (frame.Index, frame.Picture, frame.PreMask);
        SegmentedMask mask = frame.Prepared is { } prepared
            ? Networks.Segment(prepared, picture, aligned, t)
            : new SegmentedMask(new LabelMap(picture.Width, picture.Height), new float[picture.Width * picture.Height]);
        if (frame.Unmasked is { } seen)
        {
            PreparedClip again = Networks.Prepare(seen with { Stage1Masks = [mask.Labels] }, Inference.Mask);
            (mask, preMask) = (Networks.Segment(again, picture, aligned, t), again.PreMask);
        }
        return new SegmentedFrame(
            t, t / _clip.FramesPerSecond, picture, mask.Labels, mask.Confidence, MaskPostprocessor.Objects(mask.Labels, mask.Confidence, _classNames), preMask)
        {
            Motion = frame.Motion,
        };
    }

    private SpooledFrames Spool(ReadAhead<Image> decoded)
    {
        StageTimer timer = Clock.Start("decode", _clip.FrameCount);
        return new SpooledFrames(Counted());

        IEnumerable<Image> Counted()
        {
            foreach (Image frame in timer.Steps(decoded.Items()))
                yield return frame;
            timer.End();
        }
    }

    private static ClipOpticalMask OpticalMask(SpooledFrames? frames, SpooledFlow? flow, SegmentationPass pass) => new(
        flow, pass.Networks.Config.ImageSize, pass.Inference.Tau, pass.Inference.Motion,
        frames is null ? null : pair => (frames.Read(pair), frames.Read(pair + 1)));

    // What a frame of a silent clip would be multiplied with; the binary stage has found nothing in it.
    private MaskStack SilentPreMask(int t, ClipOpticalMask optical)
    {
        MaskStack moving = optical.Of([t]), preMask = new(1, moving.Height, moving.Width);
        FusedMasks.InferenceMask(Inference.Mask, moving[0], new float[moving.Values.Length], preMask[0]);
        return preMask;
    }

    // Frames are decoded as they are asked for, and the next ones meanwhile.
    private SpooledFlow? EstimateFlow(SpooledFrames frames)
    {
        if (Flow == FlowKind.None || !frames.DecodeNext() || !frames.DecodeNext())
            return null;
        IFlowEstimator estimator = _estimator()!;
        using var network = estimator as IDisposable;
        Image first = frames.Read(0);
        (int height, int width) = estimator.SizeOf(first);
        var flow = new SpooledFlow(height, width) { FrameHeight = first.Height, FrameWidth = first.Width, Interval = 1 / _clip.FramesPerSecond };
        try
        {
            return Clock.Run("optical flow", (Math.Max(2, _clip.FrameCount) - 1) * estimator.StepsPerPair(first), step =>
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

    private SpooledSound EmbedSound(SspNetworks networks, IEnumerable<float[]> blocks, int frames) => Clock.Run(
        "sound", 1, _ => networks.EmbedSound(LogMel.ForVideoFrames(blocks, frames, _clip.FramesPerSecond)));

    private AlignedFrames? Align(SspNetworks networks, SpooledFrames? frames) => frames is null || !networks.Aligns
        ? null
        : Clock.Run("alignment", 2 * frames.Count, step => networks.Align(frames.All(), _settings.Prompts ?? Prompts.Empty, step));

    // The binary stage's masks of all frames, of the frames' size.
    private RecordFile SegmentStage1(SpooledFrames frames, SpooledFlow? flow, SpooledSound secondSound)
    {
        SspNetworks networks = _stage1.Networks;
        using SpooledSound? own = networks.HasSound ? EmbedSound(networks, _clip.AudioBlocks(), frames.Count) : null;
        SpooledSound sound = own ?? secondSound;
        using AlignedFrames? aligned = Align(networks, frames);
        ClipOpticalMask optical = OpticalMask(frames, flow, _stage1);
        Image first = frames.Read(0);
        var masks = new RecordFile(first.Width * first.Height);
        try
        {
            return Clock.Run("binary stage", frames.Count, step =>
            {
                using var ready = new ReadAhead<(Image, PreparedClip)>(
                    frames.All().Select((picture, t) => (picture, networks.Prepare(Seen(t, picture, optical, sound.Read(t)), _stage1.Inference.Mask))), 1);
                int t = 0;
                foreach ((Image picture, PreparedClip prepared) in ready.Items())
                {
                    masks.Append(networks.Segment(prepared, picture, aligned, t++).Labels.Labels);
                    step();
                }
                return masks;
            });
        }
        catch
        {
            masks.Dispose();
            throw;
        }
        finally
        {
            networks.EndSegmenting();
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
