namespace SspNative.Lab.Workloads;

/// <summary>The words of cases that read text. Peers use this same file.</summary>
public static class WordIds
{
    // A prime: neighbours are far apart in the vocabulary.
    private const long Step = 7919;

    /// <summary>So many ids below the size of the vocabulary.</summary>
    public static long[] Of(int count, int vocabulary) => [.. Enumerable.Range(0, count).Select(i => (i + 1) * Step % vocabulary)];
}
