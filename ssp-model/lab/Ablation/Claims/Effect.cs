using SspNative.Model.Data.Synthetic;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>A mean paired difference with its uncertainty over seeds and clips.</summary>
/// <param name="Mean">Of all pairs of a seed and a clip.</param>
/// <param name="Low">Lower end of the 95 % interval: the 2.5th percentile of the bootstrap.</param>
/// <param name="High">Upper end: the 97.5th percentile.</param>
/// <param name="P">One-sided: the share of resampled means that are not above 0, (1 + count)/(1 + draws).</param>
public sealed record Effect(double Mean, double Low, double High, double P)
{
    /// <summary>Resampled means of an effect.</summary>
    public const int Draws = 10_000;

    private const double Tail = 0.025;

    // Sums in another order give other last bits of the same mean.
    private const double Rounding = 1e-12;

    /// <summary>
    /// The two-way bootstrap of paired differences d (S,C) of S seeds and C clips: each draw takes S seeds and C clips with replacement, independently
    /// of each other, and the mean of d over all pairs of them. So both the luck of a training and the choice of clips count (Owen 2007, "The pigeonhole
    /// bootstrap").
    /// </summary>
    /// <param name="differences">d, a row for each seed.</param>
    /// <param name="seed">The same seed draws the same.</param>
    /// <exception cref="ArgumentException">There is none, or rows differ in length.</exception>
    public static Effect Estimate(IReadOnlyList<double[]> differences, ulong seed)
    {
        if (differences.Count == 0 || differences[0].Length == 0 || differences.Any(d => d.Length != differences[0].Length))
            throw new ArgumentException("a bootstrap needs as many differences of every seed, and at least one");
        int seeds = differences.Count, clips = differences[0].Length;
        var random = new SplitMix64(seed);
        double[] means = new double[Draws];
        int[] seedCounts = new int[seeds], clipCounts = new int[clips];
        for (int draw = 0; draw < Draws; draw++)
        {
            Count(random, seedCounts);
            Count(random, clipCounts);
            double sum = 0;
            for (int s = 0; s < seeds; s++)
                if (seedCounts[s] > 0)
                    sum += seedCounts[s] * Weighted(differences[s], clipCounts);
            means[draw] = sum / ((double)seeds * clips);
        }
        Array.Sort(means);
        int notAbove = means.Count(m => m <= Rounding);
        return new Effect(
            differences.Average(d => d.Average()), means[(int)(Tail * Draws)], means[Draws - 1 - (int)(Tail * Draws)], (1.0 + notAbove) / (1.0 + Draws));
    }

    private static void Count(SplitMix64 random, int[] counts)
    {
        Array.Clear(counts);
        for (int i = 0; i < counts.Length; i++)
            counts[random.Below(counts.Length)]++;
    }

    private static double Weighted(double[] differences, int[] counts)
    {
        double sum = 0;
        for (int c = 0; c < counts.Length; c++)
            sum += counts[c] * differences[c];
        return sum;
    }
}

/// <summary>Several tests at once.</summary>
public static class Holm
{
    /// <summary>
    /// Adjusted p-values of m tests (Holm 1979): of the sorted p₍₁₎ ≤ … ≤ p₍ₘ₎ the i-th becomes max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎), in the
    /// order given.
    /// </summary>
    public static double[] Adjust(IReadOnlyList<double> p)
    {
        int[] order = [.. Enumerable.Range(0, p.Count).OrderBy(i => p[i])];
        double[] adjusted = new double[p.Count];
        double largest = 0;
        for (int rank = 0; rank < order.Length; rank++)
            adjusted[order[rank]] = largest = Math.Max(largest, Math.Min(1, (p.Count - rank) * p[order[rank]]));
        return adjusted;
    }
}
