namespace SspNative.Model.MaskFusion;

/// <summary>What a model's frames are multiplied with where the ground truth is unknown: a part of how it was trained.</summary>
/// <param name="Tau">Threshold of the optical mask.</param>
/// <param name="Mask">What stands in the pre-mask's place.</param>
/// <param name="Motion">What counts as motion.</param>
public sealed record InferenceSettings(Tau Tau, InferenceMaskMode Mask, MotionMeasure Motion)
{
    /// <summary>What holds where the options of a training do not say otherwise.</summary>
    public static InferenceSettings Default { get; } = new(Tau.Default, InferenceMaskMode.Soft, MotionMeasure.Clip);

    /// <summary>The settings of a run without another's masks, such as a first run that finds them: soft in place of equation (2).</summary>
    public InferenceSettings WithoutStage1 => Mask == InferenceMaskMode.Stage1 ? this with { Mask = InferenceMaskMode.Soft } : this;

    /// <summary>What the options of a training mean: one without pre-masks multiplies frames with nothing at inference either.</summary>
    internal static InferenceSettings From(bool preMask, Tau tau, InferenceMaskMode mask, MotionMeasure motion) =>
        new(tau, preMask ? mask : InferenceMaskMode.None, motion);
}
