using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Training;

/// <summary>Which of the 71 classes a clip's prompts name.</summary>
internal static class NamedClasses
{
    // The longer of two names first: an "emergency car" is no car.
    private static readonly (string Words, int Class)[] _names =
    [
        .. Palette.ClassNames.Select((name, label) => ($" {name.Replace('-', ' ')} ", label)).Skip(1).OrderByDescending(n => n.Item1.Length),
    ];

    /// <summary>1 for a class whose name occurs in a text, in words of any case, else 0: (71).</summary>
    public static float[] Of(Prompts prompts)
    {
        float[] named = new float[Palette.ClassNames.Count];
        string text = $" {string.Join(' ', Words(prompts.A1).Concat(Words(prompts.A2)))} ";
        foreach ((string words, int label) in _names)
        {
            if (!text.Contains(words, StringComparison.Ordinal))
                continue;
            named[label] = 1;
            text = text.Replace(words, " . ", StringComparison.Ordinal);
        }
        return named;
    }

    private static IEnumerable<string> Words(string text) => string
        .Concat(text.Select(c => char.IsLetter(c) ? char.ToLowerInvariant(c) : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(".");
}
