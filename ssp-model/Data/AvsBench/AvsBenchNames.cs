namespace SspNative.Model.Data.AvsBench;

/// <summary>The words that the releases use for subsets and splits.</summary>
internal static class AvsBenchNames
{
    public static AvsBenchSubset? Subset(string text) => text switch
    {
        "v1s" => AvsBenchSubset.V1s,
        "v1m" => AvsBenchSubset.V1m,
        "v2" => AvsBenchSubset.V2,
        _ => null,
    };

    public static ClipSplit? Split(string text) => text switch
    {
        "train" => ClipSplit.Train,
        "val" => ClipSplit.Val,
        "test" => ClipSplit.Test,
        _ => null,
    };

    public static string Of(AvsBenchSubset subset) => subset.ToString().ToLowerInvariant();

    public static string Of(ClipSplit split) => split.ToString().ToLowerInvariant();
}
