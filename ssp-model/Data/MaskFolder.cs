using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Model.Data;

/// <summary>
/// Masks of a data set's clips as PNG pictures, <c>UID/T.png</c> or, as AAVS writes them, <c>SUBSET/UID/T.png</c>, T counted from 0. Whoever made
/// them, a palette's numbers are labels; pictures without a palette are gray or of the data set's class colours.
/// </summary>
public sealed class MaskFolder
{
    private static readonly string[] _subsets = ["", "v1s", "v1m", "v2"];

    private readonly string _folder;
    private readonly bool _haveClasses;

    /// <param name="folder">The folder.</param>
    /// <param name="haveClasses">Whether the masks tell classes; otherwise gray is what sounds, from the middle up.</param>
    /// <exception cref="InputException">There is no such folder.</exception>
    public MaskFolder(string folder, bool haveClasses)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such folder of masks");
        (_folder, _haveClasses) = (folder, haveClasses);
    }

    /// <summary>The path of a frame's mask inside a folder.</summary>
    public static string Name(string clip, int frame) => Path.Combine(clip, $"{frame}.png");

    /// <summary>Where a frame's mask is looked for first.</summary>
    public string Expected(string clip, int frame) => Path.Combine(_folder, Name(clip, frame));

    /// <summary>The file of a frame's mask, null where there is none.</summary>
    /// <exception cref="InputException">There are several.</exception>
    public string? Find(string clip, int frame)
    {
        string[] found = [.. _subsets.Select(s => Path.Combine(_folder, s, Name(clip, frame))).Where(File.Exists)];
        return found.Length < 2
            ? found.FirstOrDefault()
            : throw new InputException($"{found[1]}: {found[0]} is a mask of the same frame; give the folder of one subset");
    }

    /// <summary>Reads a mask.</summary>
    /// <exception cref="InputException">It is damaged, or has a colour that stands for no class.</exception>
    public LabelMap Read(string path)
    {
        byte[] png = InputFile.ReadBytes(path, InputFile.PictureLimit);
        if (PalettePng.IsPalette(png))
            return PalettePng.Decode(png, path);
        Image picture = Image.Decode(png, path);
        return _haveClasses ? Palette.Read(picture, path) : Sounding(picture);
    }

    private static LabelMap Sounding(Image picture)
    {
        var map = new LabelMap(picture.Width, picture.Height);
        for (int i = 0; i < map.Labels.Length; i++)
            map.Labels[i] = (byte)(Math.Max(picture.Rgb[3 * i], Math.Max(picture.Rgb[3 * i + 1], picture.Rgb[3 * i + 2])) > 127 ? 1 : 0);
        return map;
    }
}
