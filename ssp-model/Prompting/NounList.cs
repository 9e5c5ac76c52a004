using System.Text.RegularExpressions;

namespace SspNative.Model.Prompting;

/// <summary>The nouns of a language model's answer, which may be a list in any usual form or a sentence around one.</summary>
public static partial class NounList
{
    /// <summary>
    /// The nouns in their order, each once, in lower case and without articles: "1. A piano\n2. The man." are "piano" and "man".
    /// </summary>
    public static IReadOnlyList<string> Of(string answer)
    {
        string list = Markup().Replace(answer, "").ToLowerInvariant();
        list = Introduction().Replace(list, "");
        return [.. Separators().Split(list).Select(Noun).Where(n => n.Any(char.IsLetterOrDigit)).Distinct()];
    }

    private static string Noun(string item)
    {
        string noun = Remark().Replace(item, " ").Trim();
        noun = Number().Replace(noun, "");
        noun = Article().Replace(noun, "");
        return Spaces().Replace(noun, " ").Trim().Trim('.', '!', '?', ':', '\'', ' ');
    }

    // Bold, italics, code and quotation marks.
    [GeneratedRegex("[*_`\"“”«»#]")]
    private static partial Regex Markup();

    // "the nouns that may produce sound are:", to the colon or verb.
    [GeneratedRegex(@"^[^,;\n]*?(:|\b(is|are|includes?)\b:?)\s*(?=\S)")]
    private static partial Regex Introduction();

    [GeneratedRegex(@"[,;/\r\n•·&|]|(?<!\d)\.\s|\s+(?:and|or)\s+")]
    private static partial Regex Separators();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Remark();

    // "1.", "(2)", "3)", "-" before an item.
    [GeneratedRegex(@"^(?:\(?\d+[.)\]:]?\s+|\(?\d+[.)\]:]$|[-–—>]+\s*)")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(?:and\s+|or\s+)?(?:an?|the|some)\s+")]
    private static partial Regex Article();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
