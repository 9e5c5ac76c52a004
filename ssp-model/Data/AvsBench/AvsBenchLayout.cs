using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Model.Data.AvsBench;

/// <summary>Where a release of AVSBench keeps its clips and how its masks are read.</summary>
internal abstract class AvsBenchLayout
{
    /// <summary>T of the subsets v1s and v1m.</summary>
    protected const int FramesOfV1 = 5;

    /// <summary>Whether masks tell classes, or foreground and background alone.</summary>
    public abstract bool HasClasses { get; }

    /// <summary>Every clip that the metadata list, in their order.</summary>
    /// <exception cref="InputException">A line of the metadata is malformed.</exception>
    public abstract IReadOnlyList<ClipEntry> ReadEntries();

    /// <summary>The files of a clip. Pictures and masks that must be there are named whether they exist or not.</summary>
    /// <exception cref="InputException">The clip's folder is missing or has no frames.</exception>
    public abstract ClipFiles Locate(ClipEntry entry);

    /// <exception cref="InputException">The file is missing or damaged, or has a colour that stands for nothing.</exception>
    public abstract LabelMap ReadMask(string path);

    /// <summary>Recognises the release by its metadata files.</summary>
    /// <exception cref="InputException">The folder holds neither release, or both.</exception>
    public static AvsBenchLayout Detect(string root)
    {
        if (!Directory.Exists(root))
            throw new InputException($"{root}: no such folder");
        string semantic = Path.Combine(root, SemanticLayout.Metadata);
        ObjectLayout? objects = ObjectLayout.Find(root);
        if (File.Exists(semantic) && objects is not null)
            throw new InputException($"{root}: the folder holds both releases of AVSBench; give the folder of one");
        if (File.Exists(semantic))
            return new SemanticLayout(root);
        return objects ?? throw new InputException(
            $"{root}: no AVSBench here; the semantic release has {SemanticLayout.Metadata}, "
            + $"the object release {ObjectLayout.SingleMetadata} or {ObjectLayout.MultiMetadata}");
    }

    /// <summary>Reads what both releases write alike: the split, and a name that becomes part of a path.</summary>
    protected static (string Name, ClipSplit Split) ReadNameAndSplit(CsvTable table, CsvRow row, int nameColumn, int splitColumn)
    {
        string split = row.Fields[splitColumn];
        ClipSplit known = AvsBenchNames.Split(split)
            ?? throw new InputException($"{table.Path}: line {row.Line} has the split {InputFile.Quote(split)}, not train, val or test");
        return (ReadPathPart(table, row, nameColumn), known);
    }

    /// <summary>A field that names a file or folder.</summary>
    protected static string ReadPathPart(CsvTable table, CsvRow row, int column)
    {
        string name = row.Fields[column];
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\') || name.Any(char.IsControl))
            throw new InputException($"{table.Path}: line {row.Line} has {InputFile.Quote(name)} for a name, which is no file name");
        return name;
    }

    /// <exception cref="InputException">Two rows of a table name the same clip.</exception>
    protected static void RequireUnique(CsvTable table, IEnumerable<(CsvRow Row, ClipEntry Entry)> rows)
    {
        var seen = new Dictionary<(AvsBenchSubset, string), int>();
        foreach ((CsvRow row, ClipEntry entry) in rows)
            if (!seen.TryAdd((entry.Subset, entry.Id), row.Line))
                throw new InputException(
                    $"{table.Path}: line {row.Line} names the clip {InputFile.Quote(entry.Id)} again, "
                    + $"after line {seen[(entry.Subset, entry.Id)]}");
    }

    /// <summary>S4 labels the first frame alone of its training clips, so the others' masks are not looked for.</summary>
    protected static bool IsLabelled(ClipEntry entry, int frame) =>
        frame == 0 || !entry.HasOneLabel;
}

/// <summary>A clip as the metadata name it.</summary>
/// <param name="Category">The folder of its class; empty where clips are not sorted into classes.</param>
internal sealed record ClipEntry(string Id, AvsBenchSubset Subset, ClipSplit Split, string Category)
{
    /// <summary>Whether this is a clip of which only the first frame has a label.</summary>
    public bool HasOneLabel => Subset == AvsBenchSubset.V1s && Split == ClipSplit.Train;
}

/// <summary>The files of a clip.</summary>
/// <param name="Folder">Where what is optional lies: prompts and exact flow.</param>
/// <param name="Frames">T pictures.</param>
/// <param name="Masks">T masks, null for a frame without one.</param>
/// <param name="Audio">The sound.</param>
internal sealed record ClipFiles(string Folder, string[] Frames, string?[] Masks, string Audio);
