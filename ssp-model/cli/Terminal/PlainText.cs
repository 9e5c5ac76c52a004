using System.Globalization;

namespace SspNative.Cli.Terminal;

/// <summary>Text from files, names and messages, fit for a terminal.</summary>
internal static class PlainText
{
    /// <summary>The longest line of a failure, in characters.</summary>
    public const int LongestLine = 1000;

    // Of a line that is cut: its end often says what to do.
    private const int EndKept = LongestLine / 4;

    private const char Replacement = '\uFFFD';

    /// <summary>
    /// The text with U+FFFD for every control character (C0, DEL, C1), every line and paragraph separator and every character that turns the
    /// direction of writing.
    /// </summary>
    public static string Of(string text) => text.Any(IsControl) ? string.Concat(text.Select(c => IsControl(c) ? Replacement : c)) : text;

    /// <summary>The text in one line of at most <see cref="LongestLine"/> characters; of longer ones the middle becomes "…".</summary>
    public static string OneLine(string text)
    {
        string line = Of(string.Join(' ', text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        return line.Length <= LongestLine ? line : $"{Whole(line[..(LongestLine - EndKept - 1)])}…{line[^EndKept..].TrimStart(Low(line))}";

        // A pair of surrogates is kept or left out as a whole.
        static string Whole(string start) => char.IsHighSurrogate(start[^1]) ? start[..^1] : start;
        static char[] Low(string line) => char.IsLowSurrogate(line[^EndKept]) ? [line[^EndKept]] : ['\0'];
    }

    private static bool IsControl(char c) =>
        char.IsControl(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
