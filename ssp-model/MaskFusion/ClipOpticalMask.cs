using SspNative.Model.OpticalFlow;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// M_O of a clip, frame by frame, so that its flow need not lie in memory as a whole. What depends on the whole clip, the strongest motion and
/// Otsu's threshold, is found first, by reading the flow once or twice.
/// </summary>
internal sealed class ClipOpticalMask
{
    private readonly IClipFlow? _flow;
    private readonly ITemporalMotion? _motion;
    private readonly Majority? _majority;
    private readonly double _strongest;
    private readonly float _threshold;

    /// <param name="flow">The clip's flow; null where there is none, and every pixel counts as moving.</param>
    /// <param name="modelSize">Side of the masks where there is no flow.</param>
    /// <param name="tau">The threshold.</param>
    /// <param name="measure">What counts as motion.</param>
    /// <param name="frames">The frames of each pair, which <see cref="MotionMeasure.Camera"/> compares where flow is estimated; null does without.</param>
    public ClipOpticalMask(IClipFlow? flow, int modelSize, Tau tau, MotionMeasure measure = MotionMeasure.Clip, PairOfFrames? frames = null)
    {
        // A clip of one frame has no flow, and all of it counts as moving, so that nothing is erased.
        _flow = flow is { Pairs: > 0 } ? flow : null;
        (Height, Width) = flow is null ? (modelSize, modelSize) : (flow.Height, flow.Width);
        if (_flow is null)
            return;
        using ProfilerSpan span = Profiler.Module("optical mask");
        _strongest = OpticalMask.LeastStrongest;
        for (int pair = 0; pair < _flow.Pairs; pair++)
            _strongest = Math.Max(_strongest, OpticalMask.StrongestMotion(_flow.Pair(pair)));
        _motion = measure == MotionMeasure.Clip ? new ClipRelativeMotion(_flow, _strongest) : new CameraRelativeMotion(_flow, frames);
        _majority = measure == MotionMeasure.Clip ? null : new Majority(Width, Height);
        _threshold = tau.Value ?? Math.Max(_motion.LeastThreshold, OtsuThreshold());
    }

    /// <summary>H of the masks: the flow's.</summary>
    public int Height { get; }

    /// <summary>W of the masks: the flow's.</summary>
    public int Width { get; }

    /// <summary>The length of the longest motion in pixels; 0 where there is no flow.</summary>
    public double Strongest => _strongest;

    /// <summary>M_O of a frame, (H,W) of 0 and 1.</summary>
    public void Write(int frame, Span<float> mask)
    {
        if (_motion is null)
        {
            mask.Fill(1);
            return;
        }
        using ProfilerSpan span = Profiler.Module("optical mask");
        OpticalMask.Threshold(_motion.Of(frame), _threshold, mask);
        _majority?.Apply(mask);
    }

    /// <summary>M_O of some frames.</summary>
    public MaskStack Of(IReadOnlyList<int> frames)
    {
        var masks = new MaskStack(frames.Count, Height, Width);
        for (int i = 0; i < frames.Count; i++)
            Write(frames[i], masks[i]);
        return masks;
    }

    private float OtsuThreshold()
    {
        var histogram = new OtsuHistogram();
        for (int frame = 0; frame <= _flow!.Pairs; frame++)
            histogram.Add(_motion!.Of(frame));
        return histogram.Threshold();
    }
}
