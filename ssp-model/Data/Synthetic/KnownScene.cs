using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SspNative.Model.Config;
using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>A thing to be seen in a clip.</summary>
/// <param name="Label">Its class.</param>
/// <param name="Difficulty">Whether it sounds and moves: sounding-moving, sounding-still, silent-moving or silent-still.</param>
/// <param name="Sounding">For each frame whether it sounds then.</param>
public sealed record KnownThing(byte Label, string Difficulty, IReadOnlyList<bool> Sounding);

/// <summary>What is known of a synthetic clip beyond its labels.</summary>
/// <param name="Difficulties">What is difficult about it, of <see cref="AllDifficulties"/>.</param>
/// <param name="Things">All things, silent ones as well.</param>
/// <param name="Visible">For each frame the class of every pixel that shows a thing, whether it sounds or not.</param>
public sealed record KnownScene(IReadOnlyList<string> Difficulties, IReadOnlyList<KnownThing> Things, IReadOnlyList<LabelMap> Visible)
{
    /// <summary>Where a clip has pictures of the numbers of its things, counted from 1, which it needs if two are of one class.</summary>
    internal const string NumbersFolder = "things";

    private const string RecordFile = "clip.json";

    /// <summary>For each frame the number of the thing that a pixel shows, from 1 in the order of <see cref="Things"/>, else 0.</summary>
    public IReadOnlyList<LabelMap> Numbers { get; init; } = [.. Visible.Select(v => Numbered(v, Things))];

    /// <summary>Every difficulty that there is, those of things first.</summary>
    public static IReadOnlyList<string> AllDifficulties => ClipRecord.AllDifficulties;

    /// <summary>Whether a difficulty is that of a thing; the others are those of whole clips.</summary>
    public static bool IsOfThings(string difficulty) => ClipRecord.ThingDifficulties.Contains(difficulty);

    /// <summary>Reads <c>clip.json</c> and <c>visible/T.png</c> of a clip's folder.</summary>
    /// <param name="folder">The clip's folder.</param>
    /// <param name="frames">The clip's frames, which the pictures must match in number and size.</param>
    /// <returns>Null where the folder has no such record.</returns>
    /// <exception cref="InputException">The record is malformed or does not fit the frames, or a picture is missing or damaged.</exception>
    public static KnownScene? Load(string folder, IReadOnlyList<Image> frames)
    {
        string path = Path.Combine(folder, RecordFile);
        if (!File.Exists(path))
            return null;
        ClipRecord record = Read(path);
        if (record.Things.Any(t => t.Sounding.Length != frames.Count))
            throw new InputException($"{path}: a thing is not described for each of the {frames.Count} frames");
        var scene = new KnownScene(
            record.Difficulties,
            [.. record.Things.Select(t => new KnownThing((byte)t.Label, t.Difficulty, t.Sounding))],
            [.. frames.Select((frame, t) => ReadMap(Path.Combine(folder, "visible", $"{t}.png"), frame))]);
        if (record.Things.DistinctBy(t => t.Label).Count() == record.Things.Count)
            return scene;
        if (!Directory.Exists(Path.Combine(folder, NumbersFolder)))
            throw new InputException($"{path}: two things have the same class, and no pictures in {NumbersFolder}/ tell them apart");
        return scene with
        {
            Numbers = [.. frames.Select((frame, t) => ReadNumbers(Path.Combine(folder, NumbersFolder, $"{t}.png"), frame, record.Things.Count))],
        };
    }

    private static LabelMap Numbered(LabelMap visible, IReadOnlyList<KnownThing> things)
    {
        byte[] numberOf = new byte[byte.MaxValue + 1];
        for (int i = 0; i < things.Count; i++)
            numberOf[things[i].Label] = (byte)(i + 1);
        return new LabelMap(visible.Width, visible.Height, Array.ConvertAll(visible.Labels, label => numberOf[label]));
    }

    private static LabelMap ReadNumbers(string path, Image frame, int things)
    {
        LabelMap numbers = ReadMap(path, frame);
        return numbers.Labels.Max() <= things
            ? numbers
            : throw new InputException($"{path}: the picture shows a thing {numbers.Labels.Max()}, but the clip has {things}");
    }

    private static ClipRecord Read(string path)
    {
        using JsonDocument document = JsonText.Parse(InputFile.ReadText(path, InputFile.SmallTextLimit), path);
        try
        {
            ClipRecord? record = document.RootElement.Deserialize((JsonTypeInfo<ClipRecord>)ConfigJson.Options.GetTypeInfo(typeof(ClipRecord)));
            return record is { Difficulties: not null, Things: { } things }
                && things.All(t => t is { Difficulty: not null, Sounding: not null, Label: > 0 and <= byte.MaxValue })
                ? record
                : throw new InputException($"{path}: the record lacks difficulties or things, or a thing its class, difficulty or sounding");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: not the record of a synthetic clip: {ShownText.Of(e.Message)}", e);
        }
    }

    private static LabelMap ReadMap(string path, Image frame)
    {
        LabelMap visible = PalettePng.Load(path);
        return (visible.Width, visible.Height) == (frame.Width, frame.Height)
            ? visible
            : throw new InputException($"{path}: the picture is {visible.Width}×{visible.Height}, its frame {frame.Width}×{frame.Height}");
    }
}
