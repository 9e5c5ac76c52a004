using SspNative.Engine.Storage;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Media;

namespace SspNative.Model.Evaluation;

/// <summary>
/// The masks of a split, <c>UID/T.png</c>, which <see cref="MaskFolder"/> reads, and <c>result.json</c> with what made them. The folder
/// appears whole or not at all.
/// </summary>
public sealed class MaskDirectory : IDisposable
{
    private readonly ResultDirectory _directory;
    private int _clips, _frames;

    /// <param name="target">The folder to make; a former result is replaced.</param>
    /// <param name="data">The clips whose masks will be written.</param>
    /// <exception cref="InputException">The target exists and is not a former result, or two clips have one name.</exception>
    public MaskDirectory(string target, IClipDataset data)
    {
        string? twice = Enumerable.Range(0, data.Count).Select(data.Id).CountBy(id => id).Where(c => c.Value > 1).Select(c => c.Key).FirstOrDefault();
        if (twice is not null)
            throw new InputException($"{target}: two clips are named {twice}, whose masks would be one; take one subset at a time");
        _directory = new ResultDirectory(target, "masks of a data set");
    }

    /// <summary>Writes the masks of a clip.</summary>
    public void Write(SegmentedClip clip)
    {
        for (int i = 0; i < clip.Frames.Count; i++)
            PalettePng.Save(_directory.NewFile(MaskFolder.Name(clip.Id, clip.Frames[i])), clip.Labels[i]);
        _clips++;
        _frames += clip.Frames.Count;
    }

    /// <summary>Makes the folder visible.</summary>
    /// <param name="source">What made the masks, for <c>result.json</c>.</param>
    public void Commit(string source)
    {
        string json = ConfigJson.Write(new Summary(source, _clips, _frames));
        File.WriteAllText(_directory.NewFile("result.json"), json);
        _directory.Commit();
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>What <c>result.json</c> holds.</summary>
    internal sealed record Summary(string Source, int Clips, int Frames);
}
