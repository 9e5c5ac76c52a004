using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Cutouts;

/// <summary>Where the packages lie that cut-outs are from, each unpacked.</summary>
/// <param name="Stamps">Debian's tuxpaint-stamps-default.</param>
/// <param name="Gcompris">Debian's gcompris-qt-data.</param>
/// <param name="Backgrounds">A folder with photographs, JPEG, at any depth.</param>
public sealed record CutoutFolders(string Stamps, string Gcompris, string Backgrounds);

/// <summary>Something that a set may use.</summary>
/// <param name="Use">class, distractor or background.</param>
/// <param name="Name">The class or the picture's name.</param>
/// <param name="IsForTesting">Whether only clips for testing show it; no others do then.</param>
/// <param name="Package">The folder that it is from, of <see cref="CutoutFolders"/>.</param>
/// <param name="Picture">The file there.</param>
/// <param name="Sound">The recording there; empty for what never sounds.</param>
internal sealed record CutoutSource(string Use, string Name, bool IsForTesting, string Package, string Picture, string Sound);

/// <summary>
/// What can be cut out and what it stands before. A picture of GCompris is for testing if the stamps have its class too: it is an instance that no
/// training has seen. Of distractors and photographs, every third is for testing.
/// </summary>
internal sealed class CutoutSources
{
    public const string Class = "class", Distractor = "distractor", Background = "background";

    private const int TestOneIn = 3;

    // Where letters, signs and the like are, which are no things, and what AVSBench has classes for: that would need a mask.
    private static readonly string[] _noDistractors =
    [
        "symbols/", "town/flags/", "town/roadsigns/", "seasonal/", "military/",
        "animals/birds/", "animals/mammals/", "hobbies/music/", "household/tools/", "people/", "vehicles/",
    ];

    private readonly CutoutFolders _folders;
    private readonly Dictionary<string, QtResources> _resources = [];

    /// <exception cref="InputException">A folder is not what it should be.</exception>
    public CutoutSources(CutoutFolders folders)
    {
        _folders = folders;
        string stamps = Path.Combine(folders.Stamps, "usr", "share", "tuxpaint", "stamps");
        string resources = Path.Combine(folders.Gcompris, "usr", "share", "gcompris-qt", "rcc");
        RequireFolder(stamps, "tuxpaint-stamps-default");
        RequireFolder(resources, "gcompris-qt-data");
        RequireFolder(folders.Backgrounds, "photographs");
        foreach (string activity in (string[])["instruments", "explore_farm_animals"])
            _resources.Add(activity, new QtResources(Path.Combine(resources, $"{activity}.rcc")));
        All = [.. Classes(stamps), .. Distractors(stamps), .. Photographs(folders.Backgrounds)];
        if (All.FirstOrDefault(s => s.Use == Class && !Exists(s)) is { } missing)
            throw new InputException($"{PathOf(missing)}: there is no such picture or recording; it is in Debian's package of version 2022 or later");
    }

    public IReadOnlyList<CutoutSource> All { get; }

    /// <summary>A picture's bytes as PNG or JPEG; what is neither is drawn as SVG.</summary>
    /// <exception cref="InputException">It cannot be read or drawn.</exception>
    public byte[] Picture(CutoutSource source)
    {
        const int drawnHeight = 512;
        byte[] picture = source.Package == nameof(CutoutFolders.Gcompris)
            ? ResourceOf(source.Picture).Read(source.Picture)
            : InputFile.ReadBytes(PathOf(source), InputFile.PictureLimit);
        return PictureHeader.IsPicture(picture) ? picture : SvgProgram.ToPng(picture, PathOf(source), drawnHeight);
    }

    /// <summary>A recording.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public Recording Sound(CutoutSource source) => source.Package == nameof(CutoutFolders.Gcompris)
        ? Recording.Load(ResourceOf(source.Sound).Read(source.Sound), $"{_folders.Gcompris}: {source.Sound}")
        : Recording.Load(Path.Combine(_folders.Stamps, source.Sound));

    /// <summary>Where a picture is, for messages.</summary>
    public string PathOf(CutoutSource source) => source.Package switch
    {
        nameof(CutoutFolders.Stamps) => Path.Combine(_folders.Stamps, source.Picture),
        nameof(CutoutFolders.Gcompris) => $"{_folders.Gcompris}: {source.Picture}",
        _ => Path.Combine(_folders.Backgrounds, source.Picture),
    };

    /// <summary>What the packages say of copyrights: names of files for the set, and their texts.</summary>
    public IEnumerable<(string Name, string Text)> Copyrights()
    {
        foreach ((string package, string folder) in ((string, string)[])
            [("stamps", _folders.Stamps), ("gcompris", _folders.Gcompris), ("backgrounds", _folders.Backgrounds)])
            foreach ((int i, string file) in Directory.EnumerateFiles(folder, "*copyright", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Index())
                yield return ($"{package}-{i}.txt", InputFile.ReadText(file, InputFile.TextLimit));
        foreach ((string activity, QtResources resources) in _resources)
            foreach ((int i, string file) in resources.Files.Where(f => f.EndsWith("/README", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Index())
                yield return ($"gcompris-{activity}-{i}.txt", System.Text.Encoding.UTF8.GetString(resources.Read(file)));
    }

    private static IEnumerable<CutoutSource> Classes(string stamps)
    {
        foreach (CutoutClass known in CutoutClass.All)
        {
            foreach (string stamp in known.Stamps)
            {
                string picture = File.Exists(Path.Combine(stamps, $"{stamp}.png")) ? $"{stamp}.png" : $"{stamp}.svg";
                yield return new(Class, known.Name, false, nameof(CutoutFolders.Stamps), InStamps(picture), InStamps($"{stamp}.ogg"));
            }
            foreach ((string picture, string sound) in known.Resources)
                yield return new(Class, known.Name, known.Stamps.Length > 0, nameof(CutoutFolders.Gcompris), picture, sound);
        }
    }

    // Stamps without a recording of their own. That a name is spoken in many languages is no such.
    private static IEnumerable<CutoutSource> Distractors(string stamps) =>
        Directory.EnumerateFiles(stamps, "*.png", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(stamps, f).Replace('\\', '/'))
            .Where(f => !_noDistractors.Any(n => f.StartsWith(n, StringComparison.Ordinal)) && !f.Contains("_mirror") && !f.Contains("_flip"))
            .Where(f => !File.Exists(Path.Combine(stamps, Path.ChangeExtension(f, ".ogg")))
                && !File.Exists(Path.Combine(stamps, Path.ChangeExtension(f, ".wav"))))
            .Order(StringComparer.Ordinal)
            .Select((f, i) => new CutoutSource(
                Distractor, Path.GetFileNameWithoutExtension(f), i % TestOneIn == 0, nameof(CutoutFolders.Stamps), InStamps(f), ""));

    private static IEnumerable<CutoutSource> Photographs(string folder)
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(f => Path.GetExtension(f).ToLowerInvariant() is ".jpg" or ".jpeg")
                .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal),
        ];
        if (files.Length < 2)
            throw new InputException($"{folder}: {files.Length} JPEG photographs; at least 2 are needed, for training and for testing");
        return files.Select((f, i) => new CutoutSource(
            Background, Path.GetFileNameWithoutExtension(f), i % TestOneIn == 0, nameof(CutoutFolders.Backgrounds), f, ""));
    }

    private bool Exists(CutoutSource source) => source.Package == nameof(CutoutFolders.Gcompris)
        ? ResourceOf(source.Picture).Files.Contains(source.Picture) && ResourceOf(source.Sound).Files.Contains(source.Sound)
        : File.Exists(Path.Combine(_folders.Stamps, source.Picture)) && File.Exists(Path.Combine(_folders.Stamps, source.Sound));

    // gcompris/src/activities/ACTIVITY/…
    private QtResources ResourceOf(string file) => _resources[file.Split('/')[3]];

    private static string InStamps(string file) => $"usr/share/tuxpaint/stamps/{file}";

    private static void RequireFolder(string folder, string what)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such folder; tools/cutouts.sh unpacks {what}");
    }
}
