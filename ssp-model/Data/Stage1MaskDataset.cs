using SspNative.Model.Media;

namespace SspNative.Model.Data;

/// <summary>
/// Clips together with the masks that the binary stage found in them, read from <c>FOLDER/UID/T.png</c>: one palette PNG for each labelled frame,
/// numbered from 0, of the frame's size, in which everything but 0 sounds.
/// </summary>
public sealed class Stage1MaskDataset : IClipDataset
{
    private readonly IClipDataset _clips;
    private readonly string _folder;

    /// <exception cref="InputException">There is no such folder.</exception>
    public Stage1MaskDataset(IClipDataset clips, string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such folder of masks");
        _clips = clips;
        _folder = folder;
    }

    public int Count => _clips.Count;

    /// <summary>The path of a frame's mask inside the folder.</summary>
    public static string MaskName(string clip, int frame) => Path.Combine(clip, $"{frame}.png");

    public string Id(int index) => _clips.Id(index);

    /// <exception cref="InputException">A mask is missing, damaged or not of its frame's size, or the clip cannot be read.</exception>
    public TrainingClip Load(int index)
    {
        TrainingClip clip = _clips.Load(index);
        return clip with { Stage1Masks = [.. clip.Frames.Select((frame, t) => clip.Labels[t] is null ? null : Read(MaskName(clip.Id, t), frame))] };
    }

    private LabelMap Read(string name, Image frame)
    {
        string path = Path.Combine(_folder, name);
        if (!File.Exists(path))
            throw new InputException($"{path}: this mask of the binary stage is missing");
        LabelMap mask = PalettePng.Load(path);
        return (mask.Width, mask.Height) == (frame.Width, frame.Height)
            ? mask
            : throw new InputException($"{path}: the mask is {mask.Width}×{mask.Height}, its frame {frame.Width}×{frame.Height}");
    }
}
