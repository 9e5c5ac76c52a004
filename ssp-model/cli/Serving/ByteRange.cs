using System.Globalization;
using System.Text.RegularExpressions;

namespace SspNative.Cli.Serving;

/// <summary>The part of a file that a request asks for.</summary>
/// <param name="From">Its first byte.</param>
/// <param name="Count">How many bytes; 0 where the file has none of what is asked for.</param>
internal readonly partial record struct ByteRange(long From, long Count)
{
    /// <summary>Reads a <c>Range</c> header of one part: <c>bytes=FIRST-LAST</c>, <c>bytes=FIRST-</c> or <c>bytes=-LAST</c>.</summary>
    /// <param name="header">The header; null where there is none.</param>
    /// <param name="length">Of the file, in bytes.</param>
    /// <returns>Null for the whole file, which is the answer to other headers too, as RFC 9110 has it.</returns>
    public static ByteRange? Parse(string? header, long length)
    {
        if (header is null || Single().Match(header) is not { Success: true } parts)
            return null;
        long? first = Number(parts.Groups["first"].Value), last = Number(parts.Groups["last"].Value);
        if (first is null && last is null || last < first)
            return null;
        long from = first ?? Math.Max(0, length - last!.Value), end = first is null || last is null ? length : Math.Min(last.Value + 1, length);
        return new ByteRange(from, Math.Max(0, end - from));
    }

    // Eighteen digits always fit.
    private static long? Number(string digits) => digits.Length == 0 ? null : long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex("^bytes=(?<first>[0-9]{0,18})-(?<last>[0-9]{0,18})$", RegexOptions.ExplicitCapture)]
    private static partial Regex Single();
}
