using System.Globalization;
using System.Text.Json;
using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Model.Data.AvsBench;

/// <summary>
/// AVSBench-semantic: <c>metadata.csv</c> with a row for each clip, and its files in <c>SUBSET/UID/frames</c>, <c>labels_rgb</c>
/// and <c>audio.wav</c>. Frames and masks are numbered from 0; masks show <see cref="Palette"/>'s colours.
/// </summary>
internal sealed class SemanticLayout : AvsBenchLayout
{
    public const string Metadata = "metadata.csv";

    private const string ClassIndex = "label2idx.json";

    /// <summary>Digits of the largest number that is taken for a frame's.</summary>
    private const int MaxDigits = 5;

    private static readonly string[] _frameExtensions = [".jpg", ".png"];

    private readonly string _root;

    /// <exception cref="InputException">The release numbers its classes otherwise than <see cref="Palette"/>.</exception>
    public SemanticLayout(string root)
    {
        _root = root;
        string index = Path.Combine(root, ClassIndex);
        if (File.Exists(index))
            RequireKnownClasses(index);
    }

    public override bool HasClasses => true;

    public override IReadOnlyList<ClipEntry> ReadEntries()
    {
        CsvTable table = CsvTable.Load(Path.Combine(_root, Metadata));
        int uid = table.Column("uid"), split = table.Column("split"), label = table.Column("label");
        (CsvRow Row, ClipEntry Entry)[] rows = [.. table.Rows.Select(row =>
        {
            AvsBenchSubset subset = AvsBenchNames.Subset(row.Fields[label]) ?? throw new InputException(
                $"{table.Path}: line {row.Line} has the label {InputFile.Quote(row.Fields[label])}, not v1s, v1m or v2");
            (string name, ClipSplit known) = ReadNameAndSplit(table, row, uid, split);
            return (row, new ClipEntry(name, subset, known, ""));
        })];
        RequireUnique(table, rows);
        return [.. rows.Select(r => r.Entry)];
    }

    public override ClipFiles Locate(ClipEntry entry)
    {
        string folder = Path.Combine(_root, AvsBenchNames.Of(entry.Subset), entry.Id);
        string frames = Path.Combine(folder, "frames"), masks = Path.Combine(folder, "labels_rgb");
        if (!Directory.Exists(frames))
            throw new InputException($"{frames}: no such folder");
        Dictionary<int, string> pictures = Numbered(frames, _frameExtensions);
        // A clip of v2 is as long as its files say, so that a frame missing at the end shows by its mask.
        int count = entry.Subset == AvsBenchSubset.V2
            ? pictures.Keys.Concat(Directory.Exists(masks) ? Numbered(masks, [".png"]).Keys : []).Append(-1).Max() + 1
            : FramesOfV1;
        if (count == 0)
            throw new InputException($"{frames}: the folder has no frames (0.jpg, 1.jpg, …)");
        return new ClipFiles(
            folder,
            [.. Enumerable.Range(0, count).Select(t => pictures.GetValueOrDefault(t, Path.Combine(frames, $"{t}.jpg")))],
            [.. Enumerable.Range(0, count).Select(t => IsLabelled(entry, t) ? Path.Combine(masks, $"{t}.png") : null)],
            Path.Combine(folder, "audio.wav"));
    }

    public override LabelMap ReadMask(string path) => Palette.Read(Image.Load(path), path);

    /// <summary>The files of a folder whose names are numbers, by number.</summary>
    private static Dictionary<int, string> Numbered(string folder, string[] extensions)
    {
        var files = new Dictionary<int, string>();
        foreach (string file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                && name.Length <= MaxDigits
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && !files.TryAdd(number, file))
                throw new InputException($"{file}: {files[number]} is frame {number} already");
        }
        return files;
    }

    private static void RequireKnownClasses(string path)
    {
        using JsonDocument document = JsonText.Parse(InputFile.ReadText(path, InputFile.SmallTextLimit), path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: not a JSON object of class names and indices");
        foreach (JsonProperty pair in document.RootElement.EnumerateObject())
            RequireKnownClass(path, pair.Name, pair.Value);
    }

    private static void RequireKnownClass(string path, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int index))
            throw new InputException($"{path}: the class {InputFile.Quote(name)} has no number");
        if (index < 0 || index >= Palette.ClassNames.Count || Letters(Palette.ClassNames[index]) != Letters(name))
            throw new InputException($"{path}: the class {InputFile.Quote(name)} has index {index}, which {Known(index)}");
    }

    private static string Known(int index) =>
        index >= 0 && index < Palette.ClassNames.Count ? $"stands for {Palette.ClassNames[index]}" : "stands for no class";

    // Copies of the release differ in how they join the words of a name: emergency-car, emergency_car.
    private static string Letters(string name) => string.Concat(name.Where(char.IsLetter)).ToLowerInvariant();
}
