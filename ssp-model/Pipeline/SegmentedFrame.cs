using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;

namespace SspNative.Model.Pipeline;

/// <summary>What was found in a frame of a clip.</summary>
/// <param name="Index">Counted from 0.</param>
/// <param name="Time">Where the frame's interval begins, in seconds.</param>
/// <param name="Picture">The frame.</param>
/// <param name="Mask">The label of each of its pixels; 0 is silent.</param>
/// <param name="Confidence">The score of each pixel's label relative to all classes, 0…1.</param>
/// <param name="Objects">Every class in the mask, largest first.</param>
/// <param name="PreMask">What the frame was multiplied with, one mask of the optical mask's size.</param>
public sealed record SegmentedFrame(
    int Index, double Time, Image Picture, LabelMap Mask, float[] Confidence, IReadOnlyList<FoundObject> Objects, MaskStack PreMask)
{
    /// <summary>The motion to the next frame; null for the last frame and without optical flow.</summary>
    public FrameMotion? Motion { get; init; }
}

/// <summary>The motion from one frame to the next.</summary>
/// <param name="Flow">(2,H,W): u right, v down, in pixels of the frame.</param>
/// <param name="Height">H of the flow, which need not be the frame's.</param>
/// <param name="Width">W of the flow.</param>
/// <param name="Strongest">Length of the clip's longest motion.</param>
public sealed record FrameMotion(float[] Flow, int Height, int Width, double Strongest)
{
    /// <summary>The motion as a picture: the hue is the direction, the saturation the speed relative to the clip's strongest.</summary>
    public Image ToPicture() => MapPictures.Flow(Flow, Width, Height, (float)Strongest);
}
