namespace SspNative.Model.Data.Synthetic;

/// <summary>One thing in <c>clip.json</c>.</summary>
/// <param name="Sounding">For each second whether it sounds.</param>
/// <param name="Covered">For each frame the share of it that is hidden.</param>
/// <param name="Centres">For each frame the column and row of its centre.</param>
internal sealed record ThingRecord(
    string Class, int Label, string Colour, string Difficulty, bool Moves, bool[] Sounding, double[] Covered, double[][] Centres);

/// <summary>What <c>clip.json</c> holds: how the clip was made and what is difficult about it.</summary>
/// <param name="Things">From back to front.</param>
internal sealed record ClipRecord(
    string Uid, ulong Seed, int Number, int Size, int Frames, string Background, double[] BackgroundMotion, bool Trunk,
    IReadOnlyList<string> Difficulties, IReadOnlyList<ThingRecord> Things)
{
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
            [.. scene.Things.Select((t, i) => RecordOf(t, [.. clip.Covered.Select(c => Math.Round(c[i], 4))]))];
        var found = new HashSet<string>(things.Select(t => t.Difficulty));
        if (Enumerable.Range(0, scene.Frames).Any(t => scene.Things.Count(thing => thing.Sounding[t]) > 1))
            found.Add(Several);
        if (scene.Background.Moves)
            found.Add(MovingBackground);
        if (things.Any(t => t.Covered.Any(c => c > NotableCover)))
            found.Add(Occlusion);
        return new ClipRecord(
            uid, seed, number, scene.Size, scene.Frames, scene.Background.Kind.ToString().ToLowerInvariant(),
            [Math.Round(scene.Background.U, 4), Math.Round(scene.Background.V, 4)], scene.Trunk is not null,
            [.. AllDifficulties.Where(found.Contains)], things);
    }

    private static ThingRecord RecordOf(Thing thing, double[] covered) => new(
        thing.Class.Name, thing.Class.Label, thing.Colour.Name, DifficultyOf(thing), thing.Moves, thing.Sounding, covered,
        [.. thing.Layer.Poses.Select(p => (double[])[Math.Round(p.X, 2), Math.Round(p.Y, 2)])]);

    private static string DifficultyOf(Thing thing) => (thing.Sounds, thing.Moves) switch
    {
        (true, true) => SoundingMoving,
        (true, false) => SoundingStill,
        (false, true) => SilentMoving,
        (false, false) => SilentStill,
    };
}
