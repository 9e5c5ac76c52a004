using System.Globalization;
using System.Text;

namespace SspNative.Model.Preprocessing.Tokenization;

/// <summary>
/// A text as the words of BERT's uncased tokenizer (<c>BasicTokenizer</c> of the transformers library): lower case, no accents, control characters
/// dropped, white space between words, every punctuation mark and every Chinese character a word of its own.
/// </summary>
/// <remarks>
/// Of ASCII, all that is no letter, digit or space is punctuation, <c>$</c> and <c>=</c> too; elsewhere, what Unicode calls so. U+FFFD, the null
/// character and unassigned characters count as control characters. Half of a surrogate pair is no text and is dropped with them.
/// </remarks>
internal static class BasicTokenizer
{
    private const char CapitalIWithDot = '\u0130';

    /// <summary>The blocks of Chinese characters that BERT knows, with the first and the last of each.</summary>
    private static readonly (int First, int Last)[] _chinese =
    [
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF),
        (0x2F800, 0x2FA1F),
    ];

    /// <summary>The words of a text, none of them empty.</summary>
    public static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in Plain(text).EnumerateRunes())
        {
            bool isMark = IsPunctuation(rune);
            if (word.Length > 0 && (isMark || IsSpace(rune)))
            {
                yield return word.ToString();
                word.Clear();
            }
            if (isMark)
                yield return rune.ToString();
            else if (!IsSpace(rune))
                word.Append(rune.ToString());
        }
        if (word.Length > 0)
            yield return word.ToString();
    }

    // Lower case without accents; Chinese characters stand between spaces.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
                plain.Append(' ');
            else if (!IsControl(rune))
                AppendPlain(plain, rune);
        }
        return plain.ToString();
    }

    private static void AppendPlain(StringBuilder plain, Rune rune)
    {
        bool isChinese = IsChinese(rune.Value);
        if (isChinese)
            plain.Append(' ');
        Accents.AppendWithout(plain, rune.Value == CapitalIWithDot ? new Rune('i') : Rune.ToLowerInvariant(rune));
        if (isChinese)
            plain.Append(' ');
    }

    private static bool IsSpace(Rune rune) => rune.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsControl(Rune rune) => rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is > ' ' and < 0x7F && !char.IsAsciiLetterOrDigit((char)rune.Value)
        : Rune.IsPunctuation(rune);

    private static bool IsChinese(int value) => _chinese.Any(block => value >= block.First && value <= block.Last);
}
