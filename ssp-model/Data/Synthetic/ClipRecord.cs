using System.Text.Json.Serialization;

namespace SspNative.Model.Data.Synthetic;

/// <summary>One thing in <c>clip.json</c>.</summary>
/// <param name="Sounding">For each second whether it sounds.</param>
/// <param name="Covered">For each frame the share of it that is hidden.</param>
/// <param name="Centres">For each frame the column and row of its centre.</param>
internal sealed record ThingRecord(
    string Class, int Label, string Colour, string Difficulty, bool Moves, bool[] Sounding, double[] Covered, double[][] Centres)
{
    /// <summary>The class it looks like where that is another than its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LooksLike { get; init; }

    /// <summary>Whether the text says that it may sound, where what the text says has a stated information.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Named { get; init; }
}

/// <summary>Something that never sounds, in <c>clip.json</c>.</summary>
internal sealed record PropRecord(string Name, bool Moves);

/// <summary>What <c>clip.json</c> holds: how the clip was made and what is difficult about it.</summary>
/// <param name="Things">From back to front.</param>
internal sealed record ClipRecord(
    string Uid, ulong Seed, int Number, int Size, int Frames, string Background, double[] BackgroundMotion, bool Trunk,
    IReadOnlyList<string> Difficulties, IReadOnlyList<ThingRecord> Things)
{
    /// <summary>For each frame the columns and rows by which the camera's swing shifts everything.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[][]? Shift { get; init; }

    /// <summary>What else is in sight and belongs to no class.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PropRecord>? Props { get; init; }

    private const string SoundingMoving = "sounding-moving";
    private const string SoundingStill = "sounding-still";
    private const string SilentMoving = "silent-moving";
    private const string SilentStill = "silent-still";
    private const string Several = "several-sounding";
    private const string MovingBackground = "moving-background";
    private const string Occlusion = "occlusion";

    // The share of a thing that must be hidden for the clip to count as having an occlusion.
    private const double NotableCover = 0.1;

    public static IReadOnlyList<string> ThingDifficulties { get; } = [SoundingMoving, SoundingStill, SilentMoving, SilentStill];

    public static IReadOnlyList<string> AllDifficulties { get; } = [.. ThingDifficulties, Several, MovingBackground, Occlusion];

    public static ClipRecord Of(SyntheticClip clip, string uid, ulong seed, int number)
    {
        Scene scene = clip.Scene;
        ThingRecord[] things =
            [.. scene.Things.Select((t, i) => RecordOf(clip, t, [.. clip.Covered.Select(c => Math.Round(c[i], 4))]))];
        PropRecord[] props = [.. scene.Props.Where(p => p.Name != Scene.Trunk).Select(p => new PropRecord(p.Name, p.Placed.Moves))];
        var found = new HashSet<string>(things.Select(t => t.Difficulty));
        if (Enumerable.Range(0, scene.Frames).Any(t => scene.Things.Count(thing => thing.Sounding[t]) > 1))
            found.Add(Several);
        if (scene.Background.Moves)
            found.Add(MovingBackground);
        if (things.Any(t => t.Covered.Any(c => c > NotableCover)))
            found.Add(Occlusion);
        return new ClipRecord(
            uid, seed, number, scene.Size, scene.Frames, scene.Background.Name,
            [Math.Round(scene.Background.U, 4), Math.Round(scene.Background.V, 4)], scene.Props.Any(p => p.Name == Scene.Trunk),
            [.. AllDifficulties.Where(found.Contains)], things)
        {
            Shift = scene.Shift.Any(s => s != (0, 0)) ? [.. scene.Shift.Select(s => (double[])[Math.Round(s.X, 4), Math.Round(s.Y, 4)])] : null,
            Props = props.Length == 0 ? null : props,
        };
    }

    private static ThingRecord RecordOf(SyntheticClip clip, Thing thing, double[] covered) => new(
        thing.Class.Name, thing.Class.Label, thing.Colour.Name, DifficultyOf(thing), thing.Moves, thing.Sounding, covered,
        [.. thing.Placed.Poses.Zip(clip.Scene.Shift, (p, s) => (double[])[Math.Round(p.X + s.X, 2), Math.Round(p.Y + s.Y, 2)])])
    {
        LooksLike = thing.LooksLike?.Name,
        Named = clip.Named?.Contains(thing.Class.Name),
    };

    private static string DifficultyOf(Thing thing) => (thing.Sounds, thing.Moves) switch
    {
        (true, true) => SoundingMoving,
        (true, false) => SoundingStill,
        (false, true) => SilentMoving,
        (false, false) => SilentStill,
    };
}
