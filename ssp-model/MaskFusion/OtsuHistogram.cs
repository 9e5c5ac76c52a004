namespace SspNative.Model.MaskFusion;

/// <summary>
/// Otsu's threshold over 256 equal bins of 0…1: the bin edge that maximises the variance between the values up to it and
/// those above it. Where all values fall into one bin there is nothing to separate and the result is 1: nothing moves.
/// </summary>
internal sealed class OtsuHistogram
{
    private const int Bins = 256;

    private readonly long[] _counts = new long[Bins];

    /// <summary>Counts values. Those below 0 count as 0, those above 1 as 1.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        // Bins are open below and closed above, so that "in a bin above t" and "greater than the edge of t" are the same.
        foreach (float value in values)
            _counts[Math.Clamp((int)Math.Ceiling(value * Bins) - 1, 0, Bins - 1)]++;
    }

    /// <summary>The threshold of all values so far.</summary>
    public float Threshold()
    {
        long all = _counts.Sum(), below = 0;
        double total = 0, best = 0, sumBelow = 0;
        for (int bin = 0; bin < Bins; bin++)
            total += (double)bin * _counts[bin];
        float threshold = 1;
        for (int t = 0; t < Bins; t++)
        {
            below += _counts[t];
            sumBelow += (double)t * _counts[t];
            long above = all - below;
            // Where one side is empty its mean is 0/0, and the variance no number, which is never greater.
            double distance = sumBelow / below - (total - sumBelow) / above;
            double variance = (double)below * above * distance * distance;
            if (variance > best)
            {
                best = variance;
                threshold = (t + 1f) / Bins;
            }
        }
        return threshold;
    }
}
