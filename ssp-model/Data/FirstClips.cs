namespace SspNative.Model.Data;

/// <summary>The first clips of a data set, or all where it has no more.</summary>
public sealed class FirstClips(IClipDataset clips, int count) : IClipDataset
{
    public int Count => Math.Min(count, clips.Count);

    public string Id(int index) => clips.Id(index);

    public TrainingClip Load(int index) => clips.Load(index);
}
