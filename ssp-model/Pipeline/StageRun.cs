using SspNative.Model.MaskFusion;

namespace SspNative.Model.Pipeline;

/// <summary>A stage as one clip is given to it.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Inference">What its frames are multiplied with.</param>
internal sealed record StageRun(SspStage Stage, InferenceSettings Inference);
