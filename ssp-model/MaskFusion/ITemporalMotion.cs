namespace SspNative.Model.MaskFusion;

/// <summary>How much each pixel of a frame moves, 0…1, by the flow of the pairs before and after it: what equation (1) makes of a clip's flow.</summary>
internal interface ITemporalMotion
{
    /// <summary>The least threshold that separates motion from what is none.</summary>
    float LeastThreshold { get; }

    /// <summary>The motion of a frame's pixels, (H,W). Valid until the next call.</summary>
    ReadOnlySpan<float> Of(int frame);
}
