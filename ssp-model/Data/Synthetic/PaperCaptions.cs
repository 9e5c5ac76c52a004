using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// Prompts in the paper's form, of stated information. A1 has for each thing "a NOUN VERB NOUN" with its place: what may sound does what makes its
/// sound, the rest "keeps a place". A2 lists what may sound. The levels have the letters of Fig. 7: all say the same, among ever more useless words,
/// of which the figure's (a) has 52 and its (c) 10.
/// </summary>
internal static class PaperCaptions
{
    private const string Nothing = "nothing";

    private static readonly string[] _useless =
        ("the video shows a colorful scene with several details overall it looks "
        + "quite lively and pleasant there seems to be a calm mood while everything appears in clear light and "
        + "the view stays much the same from beginning to end so that a viewer may well enjoy what can be seen here").Split(' ');

    /// <summary>How many useless words each level has, in the order of <see cref="Captions.Levels"/>.</summary>
    public static IReadOnlyList<int> UselessWords { get; } = [0, 10, 30, 52];

    /// <summary>The prompts of all levels, in the order of <see cref="Captions.Levels"/>.</summary>
    /// <param name="scene">What is in sight.</param>
    /// <param name="named">The classes that may sound.</param>
    public static Prompts[] All(Scene scene, IReadOnlySet<string> named)
    {
        string seen = string.Join(", ", scene.FromTheLeft.Select(t => Phrase(scene, t, named.Contains(t.Class.Name))));
        string[] nouns = [.. scene.FromTheLeft.Where(t => named.Contains(t.Class.Name)).Select(t => t.Class.Words).Distinct()];
        string heard = nouns.Length == 0 ? Nothing : string.Join(", ", nouns);
        return [.. UselessWords.Select(count => new Prompts(count == 0 ? seen : $"{string.Join(' ', _useless[..count])}, {seen}", heard))];
    }

    private static string Phrase(Scene scene, Thing thing, bool isNamed)
    {
        string look = $"{thing.Colour.Name} {thing.Class.Words}".Trim();
        return $"{Captions.Article(look)} {look} {(isNamed ? $"{thing.Class.Verb} {thing.Class.Noun}" : "keeps a place")} {Captions.Place(scene, thing)}";
    }
}
