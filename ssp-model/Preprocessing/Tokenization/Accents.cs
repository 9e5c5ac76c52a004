using System.Globalization;
using System.Text;

namespace SspNative.Model.Preprocessing.Tokenization;

/// <summary>
/// Characters without their accents: Unicode's canonical decomposition (NFD), of which nonspacing marks are dropped. .NET has no decomposition
/// where it runs without ICU, as this program does, so the table <c>accents.txt</c> has it.
/// </summary>
/// <remarks>
/// Spacing marks that stand in another than the canonical order are left as they stand. No vocabulary has such marks.
/// </remarks>
internal static class Accents
{
    // Hangul syllables are a block ordered by their letters: leading consonant, vowel, trailing consonant or none.
    private const int FirstSyllable = 0xAC00, Leading = 0x1100, Vowel = 0x1161, BeforeTrailing = 0x11A7;
    private const int Vowels = 21, Trailings = 28, Syllables = 19 * Vowels * Trailings;

    private static readonly Lazy<Dictionary<Rune, string>> _remainders = new(ReadTable);

    /// <summary>Appends what is left of a character: nothing of a nonspacing mark, the letters of a Hangul syllable.</summary>
    public static void AppendWithout(StringBuilder text, Rune character)
    {
        if (character.IsAscii)
            text.Append((char)character.Value);
        else if (character.Value - FirstSyllable is >= 0 and < Syllables and int syllable)
            AppendLetters(text, syllable);
        else if (_remainders.Value.TryGetValue(character, out string? remainder))
            text.Append(remainder);
        else if (Rune.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark)
            text.Append(character.ToString());
    }

    private static void AppendLetters(StringBuilder text, int syllable)
    {
        text.Append((char)(Leading + syllable / (Vowels * Trailings)));
        text.Append((char)(Vowel + syllable / Trailings % Vowels));
        if (syllable % Trailings > 0)
            text.Append((char)(BeforeTrailing + syllable % Trailings));
    }

    private static Dictionary<Rune, string> ReadTable()
    {
        using Stream stream = typeof(Accents).Assembly.GetManifestResourceStream("accents.txt")!;
        using var lines = new StreamReader(stream);
        var remainders = new Dictionary<Rune, string>();
        while (lines.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            string[] sides = line.Split(": ");
            string remainder = string.Concat(sides[0].Split(' ').Select(c => new Rune(Hexadecimal(c)).ToString()));
            foreach (string range in sides[1].Split(' '))
            {
                string[] ends = range.Split('-');
                for (int c = Hexadecimal(ends[0]); c <= Hexadecimal(ends[^1]); c++)
                    remainders.Add(new Rune(c), remainder);
            }
        }
        return remainders;
    }

    private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
