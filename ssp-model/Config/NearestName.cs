namespace SspNative.Model.Config;

/// <summary>What somebody may have meant who misspelt a name.</summary>
public static class NearestName
{
    // Longer than any name there is.
    private const int Longest = 64;

    /// <summary>The known name that the fewest edits make of a name; null where more than a third of it would change.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length > Longest)
            return null;
        string lower = name.ToLowerInvariant();
        (string Name, int Distance)? best = known
            .Select(k => ((string Name, int Distance)?)(k, Distance(lower, k.ToLowerInvariant())))
            .MinBy(k => k!.Value.Distance);
        return best is { } found && found.Distance * 3 <= Math.Max(name.Length, found.Name.Length) ? found.Name : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replaced, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
