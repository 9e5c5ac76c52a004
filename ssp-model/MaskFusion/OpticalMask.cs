namespace SspNative.Model.MaskFusion;

/// <summary>
/// From optical flow to the optical mask M_O (§4.1 of the paper): grayscale, temporal mean (equation 1), threshold. Maps are
/// (T,H,W) in row-major order; nothing here depends on where a pixel lies, so one number, pixels = H·W, stands for both sides.
/// </summary>
public static class OpticalMask
{
    private const int OtsuBins = 256;

    /// <summary>
    /// M_O of a clip: (T−1,2,H,W) flow in pixels → (T,H,W) of 0 and 1. A clip of one frame has no flow and all of it counts
    /// as moving, so that nothing is erased.
    /// </summary>
    public static void FromFlow(ReadOnlySpan<float> flow, int pixels, Tau tau, Span<float> mask)
    {
        using ProfilerSpan span = Profiler.Module("optical mask");
        if (flow.IsEmpty && mask.Length == pixels)
        {
            mask.Fill(1);
            return;
        }
        float[] gray = new float[flow.Length / 2], temporal = new float[mask.Length];
        Grayscale(flow, pixels, gray);
        TemporalMean(gray, pixels, temporal);
        Threshold(temporal, tau, mask);
    }

    /// <summary>
    /// g^t = |O^t|₂ / max |O|₂, the maximum taken over the whole clip and at least 10⁻⁶: (T−1,2,H,W) → (T−1,H,W) in 0…1.
    /// The magnitude, and not the usual colour wheel turned gray, in which no motion would be white.
    /// </summary>
    public static void Grayscale(ReadOnlySpan<float> flow, int pixels, Span<float> gray)
    {
        CheckLengths(
            flow.Length == 2 * gray.Length && gray.Length % pixels == 0, nameof(Grayscale), pixels, flow.Length, gray.Length);
        double[] magnitude = new double[gray.Length];
        double largest = 1e-6;
        for (int t = 0; t < gray.Length / pixels; t++)
        {
            ReadOnlySpan<float> u = flow.Slice(2 * t * pixels, pixels), v = flow.Slice((2 * t + 1) * pixels, pixels);
            for (int i = 0; i < pixels; i++)
            {
                double m = Math.Sqrt((double)u[i] * u[i] + (double)v[i] * v[i]);
                magnitude[t * pixels + i] = m;
                largest = Math.Max(largest, m);
            }
        }
        for (int i = 0; i < gray.Length; i++)
            gray[i] = (float)(magnitude[i] / largest);
    }

    /// <summary>
    /// Equation (1): (T−1,H,W) → (T,H,W), one map for every frame: O¹; ½(g^t + g^{t+1}) for t = 1…T−2; g^{T−1}. The printed
    /// formula ends with a flow O^T that does not exist; this is the reading that yields T maps. For T = 2 both are g¹.
    /// </summary>
    public static void TemporalMean(ReadOnlySpan<float> gray, int pixels, Span<float> temporal)
    {
        CheckLengths(
            !gray.IsEmpty && gray.Length % pixels == 0 && temporal.Length == gray.Length + pixels,
            nameof(TemporalMean), pixels, gray.Length, temporal.Length);
        gray[..pixels].CopyTo(temporal);
        for (int i = 0; i < gray.Length - pixels; i++)
            temporal[pixels + i] = 0.5f * gray[i] + 0.5f * gray[pixels + i];
        gray[^pixels..].CopyTo(temporal[gray.Length..]);
    }

    /// <summary>M_O = [O^T > τ], elementwise over a whole clip: values in 0…1 → 0 and 1.</summary>
    public static void Threshold(ReadOnlySpan<float> temporal, Tau tau, Span<float> mask)
    {
        float threshold = tau.Value ?? OtsuThreshold(temporal);
        for (int i = 0; i < temporal.Length; i++)
            mask[i] = temporal[i] > threshold ? 1 : 0;
    }

    /// <summary>
    /// Otsu's threshold over 256 equal bins of 0…1: the bin edge that maximises the variance between the values up to it and
    /// those above it. Where all values fall into one bin there is nothing to separate and the result is 1: nothing moves.
    /// </summary>
    public static float OtsuThreshold(ReadOnlySpan<float> values)
    {
        long[] counts = new long[OtsuBins];
        double total = 0;
        foreach (float value in values)
        {
            // Bins are open below and closed above, so that "in a bin above t" and "greater than the edge of t" are the same.
            int bin = Math.Clamp((int)Math.Ceiling(value * OtsuBins) - 1, 0, OtsuBins - 1);
            counts[bin]++;
            total += bin;
        }

        float threshold = 1;
        double best = 0, sumBelow = 0;
        long below = 0;
        for (int t = 0; t < OtsuBins - 1; t++)
        {
            below += counts[t];
            sumBelow += (double)t * counts[t];
            long above = values.Length - below;
            if (below == 0 || above == 0)
                continue;
            double distance = sumBelow / below - (total - sumBelow) / above;
            double variance = (double)below * above * distance * distance;
            if (variance > best)
            {
                best = variance;
                threshold = (t + 1f) / OtsuBins;
            }
        }
        return threshold;
    }

    private static void CheckLengths(bool fit, string function, int pixels, int input, int output)
    {
        if (!fit)
            throw new ArgumentException($"{function}: {input} values in and {output} out do not fit maps of {pixels} pixels");
    }
}
