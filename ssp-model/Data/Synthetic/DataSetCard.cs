using System.Text.Json.Serialization;

namespace SspNative.Model.Data.Synthetic;

/// <summary>What <c>card.json</c> holds: how a data set was made, and what was counted in it.</summary>
/// <param name="MadeBy">The command.</param>
/// <param name="Options">Its options.</param>
/// <param name="Facts">What was counted.</param>
internal sealed record DataSetCard(string MadeBy, SyntheticOptions Options, DataSetFacts Facts);

/// <summary>What was counted in the clips of a set.</summary>
/// <param name="SoundingThings">Things that sound some time.</param>
/// <param name="SilentThings">Things that never do, and what belongs to no class.</param>
/// <param name="MovingIfSounding">Share of the first that move; null where there is none.</param>
/// <param name="MovingIfSilent">Share of the others that move; null where there is none.</param>
/// <param name="MotionSoundCorrelation">The difference of both.</param>
public sealed record DataSetFacts(
    int SoundingThings, int SilentThings, double? MovingIfSounding, double? MovingIfSilent, double? MotionSoundCorrelation)
{
    /// <summary>
    /// Bits of information in the text about what sounds, a clip: the mutual information of which classes the text says may sound and which sound, for
    /// who sees the pictures. Null where text states none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TextBits { get; init; }

    /// <summary>The same as counted in the clips (plug-in estimate, corrected by Miller and Madow); it strays from that where clips are few.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CountedTextBits { get; init; }

    internal static DataSetFacts Of(IReadOnlyList<ClipRecord> clips, IReadOnlyList<TextCount?> texts, TextChannel? channel)
    {
        (bool Sounds, bool Moves)[] things =
        [
            .. clips.SelectMany(c => c.Things).Select(t => (t.Sounding.Contains(true), t.Moves)),
            .. clips.SelectMany(c => c.Props ?? []).Select(p => (false, p.Moves)),
        ];
        double? sounding = Share(things, sounds: true), silent = Share(things, sounds: false);
        TextCount[] counts = [.. texts.OfType<TextCount>()];
        return new DataSetFacts(things.Count(t => t.Sounds), things.Count(t => !t.Sounds), Round(sounding), Round(silent), Round(sounding - silent))
        {
            TextBits = channel is null ? null : Round(counts.Average(c => channel.Bits(c.Classes, c.Kinship))),
            CountedTextBits = channel is null ? null : Round(TextCount.Bits(counts)),
        };
    }

    private static double? Share((bool Sounds, bool Moves)[] things, bool sounds)
    {
        (bool Sounds, bool Moves)[] these = [.. things.Where(t => t.Sounds == sounds)];
        return these.Length == 0 ? null : (double)these.Count(t => t.Moves) / these.Length;
    }

    private static double? Round(double? value) => value is { } known ? Math.Round(known, 4) : null;
}

/// <summary>What sounds in a clip and what its text says, a bit for each of <see cref="TextChannel.Classes"/>.</summary>
internal sealed record TextCount(int Classes, Kinship Kinship, int Sounding, int Named)
{
    public static TextCount? Of(SyntheticClip clip)
    {
        if (clip.Named is not { } named)
            return null;
        string[] classes = TextChannel.Classes(clip.Scene);
        return new TextCount(classes.Length, clip.Scene.Kinship, Packed(TextChannel.Sounding(clip.Scene)), Packed([.. classes.Select(named.Contains)]));
    }

    /// <summary>The mutual information of what sounds and what is said, in bits: the mean over kinds of clips, each as often as it is.</summary>
    public static double Bits(IReadOnlyList<TextCount> clips) =>
        clips.GroupBy(c => (c.Classes, c.Kinship)).Sum(g => Information([.. g]) * g.Count() / clips.Count);

    private static double Information(TextCount[] clips)
    {
        (double sounding, int soundings) = Entropy(clips.Select(c => c.Sounding));
        (double named, int nameds) = Entropy(clips.Select(c => c.Named));
        (double both, int pairs) = Entropy(clips.Select(c => (c.Sounding, c.Named)));
        return sounding + named - both + (soundings + nameds - pairs - 1) / (2 * Math.Log(2) * clips.Length);
    }

    private static (double Bits, int Kinds) Entropy<T>(IEnumerable<T> values) where T : notnull
    {
        int[] counts = [.. values.CountBy(v => v).Select(p => p.Value)];
        double all = counts.Sum();
        return (counts.Sum(c => -c / all * Math.Log2(c / all)), counts.Length);
    }

    private static int Packed(bool[] set) => set.Select((b, i) => b ? 1 << i : 0).Sum();
}
