using System.Text.RegularExpressions;

namespace SspNative.Model.Prompting;

/// <summary>The nouns of a language model's answer, which may be a list in any usual form, with or without explanations, or a sentence around one.</summary>
internal static partial class NounList
{
    /// <summary>
    /// The nouns in their order, each once, in lower case and without articles: "1. A piano\n2. The man." are "piano" and "man".
    /// </summary>
    public static IReadOnlyList<string> Parse(string answer)
    {
        string list = WithoutIntroduction(Markup().Replace(answer, "").ToLowerInvariant());
        list = Explanation().Replace(list, "$1");
        return [.. Separators().Split(list).Select(Noun).Where(n => n.Any(char.IsLetterOrDigit)).Distinct()];
    }

    // "Based on the video, the nouns that may produce sound are:", to the colon or verb of the first sentence.
    private static string WithoutIntroduction(string list)
    {
        string sentence = FirstSentence().Match(list).Value;
        int end = sentence.IndexOf(':') + 1;
        if (end == 0 || !IsIntroduction(sentence[..end], list))
            end = EndOfVerb(sentence);
        return string.IsNullOrWhiteSpace(list[end..]) ? list : list[end..];
    }

    // Lines such as "piano: it is played" are a list and have no introduction.
    private static bool IsIntroduction(string start, string list) =>
        Topic().IsMatch(start) || (start.IndexOfAny([',', ';']) < 0 && Explanation().Count(list) <= 1 && !Number().IsMatch(start));

    private static int EndOfVerb(string sentence)
    {
        Match[] verbs = Copula().Matches(sentence).ToArray();
        Match? verb = verbs.LastOrDefault(v => v.Value is not "is") ?? verbs.FirstOrDefault();
        return verb is not null && Topic().IsMatch(sentence[..verb.Index]) ? verb.Index + verb.Length : 0;
    }

    private static string Noun(string item)
    {
        string noun = Remark().Replace(item, " ").Trim();
        noun = Number().Replace(noun, "");
        noun = Article().Replace(noun, "");
        noun = Predicate().Replace(noun, "");
        return Spaces().Replace(noun, " ").Trim().Trim('.', '!', '?', ':', '\'', ' ');
    }

    // Bold, italics, code and quotation marks.
    [GeneratedRegex("[*_`\"“”«»#]")]
    private static partial Regex Markup();

    [GeneratedRegex(@"^\s*(?:(?!\.\s)[^\r\n])*")]
    private static partial Regex FirstSentence();

    // What an introduction speaks of.
    [GeneratedRegex(@"\b(?:nouns?|words?|sounds?|objects?|things?|items?|sources?|video|clip|answer\s*\d?|a1|a2|following|they|these|those)\b")]
    private static partial Regex Topic();

    [GeneratedRegex(@"\b(?:is|are|includes?)\b")]
    private static partial Regex Copula();

    // "piano: it is played", "piano - it is played": a line whose noun is explained.
    [GeneratedRegex(@"^([^\p{L},;:\r\n]*\p{L}[^,;:\r\n]*?)(?::[ \t]+|[ \t]+[-–—][ \t]+)\S[^\r\n]*", RegexOptions.Multiline)]
    private static partial Regex Explanation();

    [GeneratedRegex(@"[,;/\r\n•·&|]|(?<!\d)\.\s|\s+(?:and|or)\s+")]
    private static partial Regex Separators();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Remark();

    // "1.", "(2)", "3)", "-" before an item.
    [GeneratedRegex(@"^(?:\(?\d+[.)\]:]?\s+|\(?\d+[.)\]:]$|[-–—>]+\s*)")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(?:and\s+|or\s+)?(?:an?|the|some)\s+")]
    private static partial Regex Article();

    // What a sentence says of its noun.
    [GeneratedRegex(@"\s+(?:is|are|was|were|can|could|may|might|has|have)\b.*$")]
    private static partial Regex Predicate();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
