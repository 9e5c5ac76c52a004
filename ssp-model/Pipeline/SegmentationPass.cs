using SspNative.Model.MaskFusion;

namespace SspNative.Model.Pipeline;

/// <summary>One pass over a clip: a task <c>avss</c> takes two, the binary stage's and its own.</summary>
/// <param name="Networks">The networks that run.</param>
/// <param name="Inference">What their frames are multiplied with.</param>
internal sealed record SegmentationPass(SspNetworks Networks, InferenceSettings Inference);
