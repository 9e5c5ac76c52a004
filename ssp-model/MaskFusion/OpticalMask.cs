using System.Numerics.Tensors;
using SspNative.Model.OpticalFlow;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// From optical flow to the optical mask M_O (§4.1 of the paper): grayscale, temporal mean (equation 1), threshold. Maps are
/// (T,H,W) in row-major order; nothing here depends on where a pixel lies, so one number, pixels = H·W, stands for both sides.
/// </summary>
public static class OpticalMask
{
    /// <summary>The strongest motion of a clip counts as at least this, so that a still clip does not move.</summary>
    internal const double LeastStrongest = 1e-6;

    /// <summary>
    /// M_O of a clip: (T−1,2,H,W) flow in pixels → (T,H,W) of 0 and 1. A clip of one frame has no flow and all of it counts
    /// as moving, so that nothing is erased.
    /// </summary>
    public static void FromFlow(ReadOnlySpan<float> flow, int pixels, Tau tau, Span<float> mask)
    {
        CheckLengths(flow.Length % (2 * pixels) == 0 && mask.Length == flow.Length / 2 + pixels, nameof(FromFlow), pixels, flow.Length, mask.Length);
        var optical = new ClipOpticalMask(new ClipFlow(flow.ToArray(), 1, pixels), 1, tau);
        for (int frame = 0; frame < mask.Length / pixels; frame++)
            optical.Write(frame, mask.Slice(frame * pixels, pixels));
    }

    /// <summary>
    /// g^t = |O^t|₂ / max |O|₂, the maximum taken over the whole clip and at least 10⁻⁶: (T−1,2,H,W) → (T−1,H,W) in 0…1.
    /// The magnitude, and not the usual colour wheel turned gray, in which no motion would be white.
    /// </summary>
    public static void Grayscale(ReadOnlySpan<float> flow, int pixels, Span<float> gray)
    {
        CheckLengths(
            flow.Length == 2 * gray.Length && gray.Length % pixels == 0, nameof(Grayscale), pixels, flow.Length, gray.Length);
        double strongest = LeastStrongest;
        for (int first = 0; first < gray.Length; first += pixels)
            strongest = Math.Max(strongest, StrongestMotion(flow.Slice(2 * first, 2 * pixels)));
        for (int first = 0; first < gray.Length; first += pixels)
            Grayscale(flow.Slice(2 * first, 2 * pixels), strongest, gray.Slice(first, pixels));
    }

    /// <summary>g of one pair, given the strongest motion of the clip: (2,H,W) → (H,W).</summary>
    internal static void Grayscale(ReadOnlySpan<float> pair, double strongest, Span<float> gray)
    {
        ReadOnlySpan<float> u = pair[..gray.Length], v = pair[gray.Length..];
        for (int i = 0; i < gray.Length; i++)
            gray[i] = (float)(Length(u[i], v[i]) / strongest);
    }

    /// <summary>max |O|₂ of one pair (2,H,W), in pixels.</summary>
    internal static double StrongestMotion(ReadOnlySpan<float> pair)
    {
        ReadOnlySpan<float> u = pair[..(pair.Length / 2)], v = pair[u.Length..];
        double strongest = 0;
        for (int i = 0; i < u.Length; i++)
            strongest = Math.Max(strongest, Length(u[i], v[i]));
        return strongest;
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
        Mean(gray[..^pixels], gray[pixels..], temporal[pixels..^pixels]);
        gray[^pixels..].CopyTo(temporal[gray.Length..]);
    }

    /// <summary>½(a + b).</summary>
    internal static void Mean(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> mean) =>
        TensorPrimitives.AddMultiply(a, b, 0.5f, mean);

    /// <summary>M_O = [temporal > threshold]: values in 0…1 → 0 and 1.</summary>
    internal static void Threshold(ReadOnlySpan<float> temporal, float threshold, Span<float> mask)
    {
        for (int i = 0; i < temporal.Length; i++)
            mask[i] = temporal[i] > threshold ? 1 : 0;
    }

    /// <summary>Otsu's threshold of values in 0…1, by a histogram of 256 bins.</summary>
    public static float OtsuThreshold(ReadOnlySpan<float> values)
    {
        var histogram = new OtsuHistogram();
        histogram.Add(values);
        return histogram.Threshold();
    }

    private static double Length(float u, float v) => Math.Sqrt((double)u * u + (double)v * v);

    private static void CheckLengths(bool fit, string function, int pixels, int input, int output)
    {
        if (!fit)
            throw new ArgumentException($"{function}: {input} values in and {output} out do not fit maps of {pixels} pixels");
    }
}
