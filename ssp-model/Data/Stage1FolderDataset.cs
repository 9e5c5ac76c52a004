using SspNative.Model.Media;

namespace SspNative.Model.Data;

/// <summary>
/// Clips together with the masks that the binary stage found in them, one PNG for each labelled frame, numbered from 0, in which everything but 0
/// sounds: of the frame's size, or of 224², as AAVS publishes its masks. <see cref="MaskFolder"/> finds them.
/// </summary>
public sealed class Stage1FolderDataset : IClipDataset
{
    /// <summary>The side of the masks that AAVS writes.</summary>
    private const int AavsSide = 224;

    private readonly IClipDataset _clips;
    private readonly MaskFolder _folder;

    /// <exception cref="InputException">There is no such folder.</exception>
    public Stage1FolderDataset(IClipDataset clips, string folder)
    {
        _clips = clips;
        _folder = new MaskFolder(folder, haveClasses: false);
    }

    public int Count => _clips.Count;

    public string Id(int index) => _clips.Id(index);

    /// <exception cref="InputException">A mask is missing, damaged or of another size, or the clip cannot be read.</exception>
    public TrainingClip Load(int index)
    {
        TrainingClip clip = _clips.Load(index);
        return clip with { Stage1Masks = [.. clip.Frames.Select((frame, t) => clip.Labels[t] is null ? null : Read(clip.Id, t, frame))] };
    }

    private LabelMap Read(string clip, int number, Image frame)
    {
        string path = _folder.Find(clip, number) ?? throw new InputException($"{_folder.Expected(clip, number)}: this mask of the binary stage is missing");
        LabelMap mask = _folder.Read(path);
        return (mask.Width, mask.Height) == (frame.Width, frame.Height) || (mask.Width, mask.Height) == (AavsSide, AavsSide)
            ? mask
            : throw new InputException($"{path}: the mask is {mask.Width}×{mask.Height}, its frame {frame.Width}×{frame.Height}");
    }
}
