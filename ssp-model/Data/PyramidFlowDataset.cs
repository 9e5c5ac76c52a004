using SspNative.Model.Data.Caching;
using SspNative.Model.OpticalFlow.Pyramid;

namespace SspNative.Model.Data;

/// <summary>Clips whose flow, where they bring none of their own, is estimated when they are loaded, once for all if there is a cache.</summary>
public sealed class PyramidFlowDataset(IClipDataset clips, ClipCache? cache = null) : IClipDataset
{
    public int Count => clips.Count;

    public string Id(int index) => clips.Id(index);

    public TrainingClip Load(int index)
    {
        TrainingClip clip = clips.Load(index);
        if (clip.Flow is not null || clip.Frames.Count < 2)
            return clip;
        return clip with { Flow = FlowCaching.GetOrEstimate(cache, "pyramid", clip.Frames, frames => PyramidFlowEstimator.Estimate(frames, () => { })) };
    }
}
