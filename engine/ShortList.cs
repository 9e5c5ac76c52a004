using System.Globalization;

namespace SspNative.Engine;

/// <summary>Lists inside messages, which must stay one line that a person reads.</summary>
public static class ShortList
{
    /// <summary>Items that are shown; the others are counted.</summary>
    public const int Shown = 10;

    /// <summary>"a, b, c"; of more than ten items "a, …, j, … and 1,513 more".</summary>
    public static string Of(IReadOnlyCollection<string> items, string separator = ", ")
    {
        string first = string.Join(separator, items.Take(Shown));
        return items.Count <= Shown
            ? first
            : string.Create(CultureInfo.InvariantCulture, $"{first}{separator}… and {items.Count - Shown:#,0} more");
    }
}
