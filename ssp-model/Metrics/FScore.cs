namespace SspNative.Model.Metrics;

/// <summary>
/// F = (1+β²)·P·R / (β²·P + R) with β² = 0.3 of precision P and recall R, as salient object detection and AVSBench have it.
/// </summary>
public static class FScore
{
    /// <summary>F from pixel counts, 13·hits / (3·actual + 10·predicted); 0 where nothing is hit.</summary>
    /// <param name="hits">Pixels both predicted and true.</param>
    /// <param name="predicted">Pixels predicted.</param>
    /// <param name="actual">True pixels.</param>
    public static double Of(long hits, long predicted, long actual) =>
        hits == 0 ? 0 : 13.0 * hits / (3 * actual + 10 * predicted);
}
