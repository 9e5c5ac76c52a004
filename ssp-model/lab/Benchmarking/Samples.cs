namespace SspNative.Lab.Benchmarking;

/// <summary>Statistics of repeated measurements that a few disturbed ones do not move.</summary>
public static class Samples
{
    /// <summary>The middle value; of an even number of them the mean of the two in the middle.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static double Median(IReadOnlyList<double> values) => Quantile(values, 0.5);

    /// <summary>Interquartile range by median.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static double Spread(IReadOnlyList<double> values) => (Quantile(values, 0.75) - Quantile(values, 0.25)) / Median(values);

    // Linear between the two values next to the place.
    private static double Quantile(IReadOnlyList<double> values, double share)
    {
        if (values.Count == 0)
            throw new ArgumentException("there is no measurement", nameof(values));
        double[] sorted = [.. values.Order()];
        double place = share * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
