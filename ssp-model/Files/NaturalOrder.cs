using System.Text.RegularExpressions;

namespace SspNative.Model.Files;

/// <summary>Orders names as people number them: "2.jpg" before "10.jpg".</summary>
public static partial class NaturalOrder
{
    /// <summary>Longer than any number that names a frame.</summary>
    private const int Digits = 20;

    /// <summary>A key whose ordinal order is the natural order of the names: every number padded to one length.</summary>
    public static string Key(string name) => Numbers().Replace(name, number => number.Value.PadLeft(Digits, '0'));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
