using SspNative.Model.Encoders.PyramidFlow;

namespace SspNative.Model.Data;

/// <summary>Clips whose flow, where they bring none of their own, is estimated when they are loaded.</summary>
public sealed class PyramidFlowDataset(IClipDataset clips) : IClipDataset
{
    public int Count => clips.Count;

    public string Id(int index) => clips.Id(index);

    public TrainingClip Load(int index)
    {
        TrainingClip clip = clips.Load(index);
        return clip.Flow is not null || clip.Frames.Count < 2 ? clip : clip with { Flow = PyramidFlowEstimator.Estimate(clip.Frames, () => { }) };
    }
}
