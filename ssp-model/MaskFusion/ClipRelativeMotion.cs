using SspNative.Model.OpticalFlow;

namespace SspNative.Model.MaskFusion;

/// <summary>Equation (1) of the paper: g^t = |O^t|₂ / max |O|₂ over the clip; the mean of a frame's two pairs.</summary>
/// <param name="flow">The clip's flow, of at least one pair.</param>
/// <param name="strongest">max |O|₂.</param>
internal sealed class ClipRelativeMotion(IClipFlow flow, double strongest) : ITemporalMotion
{
    private readonly float[] _before = new float[flow.Height * flow.Width];
    private readonly float[] _after = new float[flow.Height * flow.Width];
    private readonly float[] _temporal = new float[flow.Height * flow.Width];

    public float LeastThreshold => 0;

    // The first and the last frame have one neighbour.
    public ReadOnlySpan<float> Of(int frame)
    {
        int last = flow.Pairs;
        if (frame > 0)
            OpticalMask.Grayscale(flow.Pair(frame - 1), strongest, _before);
        if (frame < last)
            OpticalMask.Grayscale(flow.Pair(frame), strongest, _after);
        if (frame == 0)
            return _after;
        if (frame == last)
            return _before;
        OpticalMask.Mean(_before, _after, _temporal);
        return _temporal;
    }
}
