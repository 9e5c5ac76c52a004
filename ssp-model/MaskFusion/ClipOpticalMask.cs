using SspNative.Model.OpticalFlow;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// M_O of a clip, frame by frame, so that its flow need not lie in memory as a whole. What depends on the whole clip, the strongest motion and
/// Otsu's threshold, is found first, by reading the flow once or twice.
/// </summary>
public sealed class ClipOpticalMask
{
    private readonly IClipFlow? _flow;
    private readonly double _strongest;
    private readonly float _threshold;
    private readonly float[] _before = [];
    private readonly float[] _after = [];
    private readonly float[] _temporal = [];

    /// <param name="flow">The clip's flow; null where there is none, and every pixel counts as moving.</param>
    /// <param name="modelSize">Side of the masks where there is no flow.</param>
    /// <param name="tau">The threshold.</param>
    public ClipOpticalMask(IClipFlow? flow, int modelSize, Tau tau)
    {
        // A clip of one frame has no flow, and all of it counts as moving, so that nothing is erased.
        _flow = flow is { Pairs: > 0 } ? flow : null;
        (Height, Width) = flow is null ? (modelSize, modelSize) : (flow.Height, flow.Width);
        if (_flow is null)
            return;
        int pixels = Height * Width;
        (_before, _after, _temporal) = (new float[pixels], new float[pixels], new float[pixels]);
        using ProfilerSpan span = Profiler.Module("optical mask");
        _strongest = OpticalMask.LeastStrongest;
        for (int pair = 0; pair < _flow.Pairs; pair++)
            _strongest = Math.Max(_strongest, OpticalMask.StrongestMotion(_flow.Pair(pair)));
        _threshold = tau.Value ?? OtsuThreshold();
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
        if (_flow is null)
        {
            mask.Fill(1);
            return;
        }
        using ProfilerSpan span = Profiler.Module("optical mask");
        OpticalMask.Threshold(Temporal(frame), _threshold, mask);
    }

    /// <summary>M_O of some frames.</summary>
    public MaskStack Of(IReadOnlyList<int> frames)
    {
        var masks = new MaskStack(frames.Count, Height, Width);
        for (int i = 0; i < frames.Count; i++)
            Write(frames[i], masks[i]);
        return masks;
    }

    // Equation (1) for one frame: the first and the last have one neighbour.
    private float[] Temporal(int frame)
    {
        int last = _flow!.Pairs;
        if (frame > 0)
            OpticalMask.Grayscale(_flow.Pair(frame - 1), _strongest, _before);
        if (frame < last)
            OpticalMask.Grayscale(_flow.Pair(frame), _strongest, _after);
        if (frame == 0)
            return _after;
        if (frame == last)
            return _before;
        OpticalMask.Mean(_before, _after, _temporal);
        return _temporal;
    }

    private float OtsuThreshold()
    {
        var histogram = new OtsuHistogram();
        for (int frame = 0; frame <= _flow!.Pairs; frame++)
            histogram.Add(Temporal(frame));
        return histogram.Threshold();
    }
}
