using SspNative.Model.Data.Caching;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;

namespace SspNative.Model.Data;

/// <summary>Clips whose flow, where they bring none of their own, is estimated when they are loaded, once for all if there is a cache.</summary>
/// <param name="clips">The clips.</param>
/// <param name="estimator">How flow is estimated, by one thread at a time.</param>
/// <param name="cache">Where it is kept, if anywhere.</param>
public sealed class FlowDataset(IClipDataset clips, IFlowEstimator estimator, ClipCache? cache = null) : IClipDataset
{
    private readonly Lock _estimating = new();

    public int Count => clips.Count;

    public string Id(int index) => clips.Id(index);

    public TrainingClip Load(int index)
    {
        TrainingClip clip = clips.Load(index);
        if (clip.Flow is not null || clip.Frames.Count < 2)
            return clip;
        IReadOnlyList<Image> moving = clip.NextPicture is { } next ? [clip.Frames[0], next] : clip.Frames;
        ClipFlow flow = FlowCaching.GetOrEstimate(cache, estimator.Identity, moving, Estimate);
        return clip with { Flow = clip.NextPicture is null ? flow : flow.RepeatFirstPair(clip.Frames.Count - 1) };
    }

    // A network has one device, which its threads share.
    private ClipFlow Estimate(IReadOnlyList<Image> frames)
    {
        lock (_estimating)
            return ClipFlow.Estimate(estimator, frames);
    }
}
