using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Model.Data.AvsBench;

/// <summary>
/// AVSBench-object, the first release, in the root or in its folders <c>Single-source</c> and <c>Multi-sources</c>:
/// S4 sorted by split and class, MS3 by split, with frames of MS3 named <c>NAME.mp4_1.png</c>. Frames and masks are numbered
/// from 1. Masks have two colours: those of S4 are black and white pictures, those of MS3 palette pictures of 0 and 255 or 1.
/// </summary>
internal sealed class ObjectLayout : AvsBenchLayout
{
    public const string SingleMetadata = "s4_meta_data.csv";
    public const string MultiMetadata = "ms3_meta_data.csv";

    private readonly string? _single;
    private readonly string? _multi;

    /// <param name="single">The folder of S4, or null.</param>
    /// <param name="multi">The folder of MS3, or null.</param>
    private ObjectLayout(string? single, string? multi)
    {
        _single = single;
        _multi = multi;
    }

    public override bool HasClasses => false;

    /// <summary>The release below a folder, or null.</summary>
    public static ObjectLayout? Find(string root)
    {
        string? single = FolderOf(SingleMetadata, root, "Single-source");
        string? multi = FolderOf(MultiMetadata, root, "Multi-sources");
        return single is null && multi is null ? null : new ObjectLayout(single, multi);
    }

    public override IReadOnlyList<ClipEntry> ReadEntries()
    {
        var entries = new List<ClipEntry>();
        if (_single is not null)
            entries.AddRange(ReadTable(Path.Combine(_single, SingleMetadata), AvsBenchSubset.V1s));
        if (_multi is not null)
            entries.AddRange(ReadTable(Path.Combine(_multi, MultiMetadata), AvsBenchSubset.V1m));
        return entries;
    }

    public override ClipFiles Locate(ClipEntry entry)
    {
        string split = AvsBenchNames.Of(entry.Split), name = entry.Id;
        bool single = entry.Subset == AvsBenchSubset.V1s;
        string data = single ? Path.Combine(_single!, "s4_data") : Path.Combine(_multi!, "ms3_data");
        string folder = single
            ? Path.Combine(data, "visual_frames", split, entry.Category, name)
            : Path.Combine(data, "visual_frames", name);
        string masks = Path.Combine(data, "gt_masks", split, entry.Category, name);
        string frame = single ? name : $"{name}.mp4";
        int[] numbers = [.. Enumerable.Range(1, FramesOfV1)];
        return new ClipFiles(
            folder,
            [.. numbers.Select(k => Path.Combine(folder, $"{frame}_{k}.png"))],
            [.. numbers.Select(k => IsLabelled(entry, k - 1) ? Path.Combine(masks, $"{name}_{k}.png") : null)],
            Path.Combine(data, "audio_wav", split, entry.Category, $"{name}.wav"));
    }

    /// <summary>Black is the background; the rest must have one colour, as any way to store two values gives.</summary>
    public override LabelMap ReadMask(string path)
    {
        Image image = Image.Load(path);
        var labels = new LabelMap(image.Width, image.Height);
        (byte, byte, byte)? foreground = null;
        for (int i = 0; i < labels.Labels.Length; i++)
        {
            (byte R, byte G, byte B) colour = (image.Rgb[3 * i], image.Rgb[3 * i + 1], image.Rgb[3 * i + 2]);
            if (colour == (0, 0, 0))
                continue;
            foreground ??= colour;
            if (colour != foreground)
                throw new InputException(
                    $"{path}: the colour {colour} of pixel ({i % image.Width}, {i / image.Width}) "
                    + $"is a third one in a mask of black and {foreground}");
            labels.Labels[i] = 1;
        }
        return labels;
    }

    private static string? FolderOf(string metadata, string root, string below) =>
        new[] { root, Path.Combine(root, below) }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, metadata)));

    // Names and classes stand in the first and third column under varying headings.
    private static ClipEntry[] ReadTable(string path, AvsBenchSubset subset)
    {
        bool single = subset == AvsBenchSubset.V1s;
        CsvTable table = CsvTable.Load(path);
        table.RequireColumns(single ? 4 : 2);
        int splitColumn = table.Column("split");
        (CsvRow Row, ClipEntry Entry)[] rows = [.. table.Rows.Select(row =>
        {
            (string name, ClipSplit split) = ReadNameAndSplit(table, row, 0, splitColumn);
            return (row, new ClipEntry(name, subset, split, single ? ReadPathPart(table, row, 2) : ""));
        })];
        RequireUnique(table, rows);
        return [.. rows.Select(r => r.Entry)];
    }
}
