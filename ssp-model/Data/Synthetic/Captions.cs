using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// What four observers of falling quality would say of a clip's pictures, by the letters of Fig. 7 of the paper, where (d) is the best. They see but do not
/// hear: a silent bell "rings" in their words too, so that text tells what there is and never which of it sounds.
/// </summary>
internal static class Captions
{
    /// <summary>Names of the levels, from the best.</summary>
    public static IReadOnlyList<string> Levels { get; } = ["d", "c", "b", "a"];

    /// <summary>The prompts of all levels, in order.</summary>
    public static Prompts[] All(Scene scene, IReadOnlyList<ThingClass> classes, SplitMix64 random)
    {
        Thing[] fromTheLeft = scene.FromTheLeft;
        return [Precise(scene, fromTheLeft), Plain(fromTheLeft), Vague(fromTheLeft), Mistaken(fromTheLeft, classes, random)];
    }

    /// <summary>Where a thing stands: "at the top left".</summary>
    public static string Place(Scene scene, Thing thing)
    {
        double x = thing.Placed.Poses[0].X / scene.Size, y = thing.Placed.Poses[0].Y / scene.Size;
        string row = y < 0.36 ? "top" : y > 0.64 ? "bottom" : "", column = x < 0.4 ? "left" : x > 0.6 ? "right" : "";
        return row.Length + column.Length == 0 ? "in the middle" : $"at the {$"{row} {column}".Trim()}";
    }

    /// <summary>What goes before a word.</summary>
    public static string Article(string word) => "aeiou".Contains(word[0]) ? "an" : "a";

    /// <summary>Colour, name, action, place and motion: "a moving red bell rings at the left, a blue cat meows at …".</summary>
    private static Prompts Precise(Scene scene, Thing[] things) => new(
        string.Join(", ", things.Select(t =>
        {
            string look = t.Moves ? $"moving {t.Colour.Name}" : t.Colour.Name;
            return $"{Article(look)} {look} {t.Class.Words} {t.Class.Verb} {Place(scene, t)}";
        })),
        string.Join(", ", things.Select(t => t.Class.Words)));

    /// <summary>The names alone: "a bell and a cat".</summary>
    private static Prompts Plain(Thing[] things) => new(
        string.Join(" and ", things.Select(t => $"{Article(t.Class.Words)} {t.Class.Words}")),
        string.Join(", ", things.Select(t => t.Class.Words)));

    /// <summary>The kinds alone: "there is an object, an animal in the video".</summary>
    private static Prompts Vague(Thing[] things)
    {
        string[] kinds = [.. things.Select(t => t.Class.Genus).Distinct()];
        return new($"there is {string.Join(", ", kinds.Select(k => $"{Article(k)} {k}"))} in the video", string.Join(", ", kinds));
    }

    /// <summary>One thing is taken for another, the rest is overlooked, and a person is imagined.</summary>
    private static Prompts Mistaken(Thing[] things, IReadOnlyList<ThingClass> classes, SplitMix64 random)
    {
        string wrong = random.Choose([.. classes.Where(c => things.All(t => t.Class != c))]).Words;
        return new($"the video shows a colorful scene, maybe {Article(wrong)} {wrong} near a person", $"{wrong}, person");
    }
}
