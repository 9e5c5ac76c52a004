using System.Globalization;
using System.Text.RegularExpressions;

namespace SspNative.Fuzz;

/// <summary>Reads a dictionary of AFL++: lines <c>name="value"</c> with <c>\"</c>, <c>\\</c> and <c>\xHH</c>.</summary>
internal static partial class TokenFile
{
    public static IReadOnlyList<byte[]> Read(string path) =>
    [
        .. File.ReadLines(path).Where(line => line.Contains('=') && line[0] != '#')
            .Select(line => Bytes(line[(line.IndexOf('"') + 1)..line.LastIndexOf('"')])),
    ];

    private static byte[] Bytes(string value) =>
        [.. Part().Matches(value).Select(m => m.Value switch
        {
            ['\\', 'x', .. var hex] => byte.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            ['\\', var escaped] => (byte)escaped,
            var plain => (byte)plain[0],
        })];

    [GeneratedRegex(@"\\x[0-9A-Fa-f]{2}|\\.|.")]
    private static partial Regex Part();
}
