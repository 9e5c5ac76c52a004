namespace SspNative.Model.MaskFusion;

/// <summary>What a model's frames are multiplied with where the ground truth is unknown: a part of how it was trained.</summary>
/// <param name="Tau">Threshold of the optical mask.</param>
/// <param name="Mask">What stands in the pre-mask's place.</param>
/// <param name="Motion">What counts as motion.</param>
public sealed record InferenceSettings(Tau Tau, InferenceMaskMode Mask, MotionMeasure Motion);
