namespace SspNative.Model.MaskFusion;

/// <summary>What counts as motion in the optical mask: a part of how a model was trained.</summary>
public enum MotionMeasure
{
    /// <summary>Equation (1): the length of the flow, relative to the longest of the clip. Models that do not say were trained with it.</summary>
    Clip,

    /// <summary>Motion against the camera's, in pixels a second, relative to the fastest of each pair of frames; <see cref="CameraRelativeMotion"/>.</summary>
    Camera,
}
