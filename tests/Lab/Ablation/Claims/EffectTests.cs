using FsCheck.Xunit;
using SspNative.Lab.Ablation.Claims;
using Xunit;

namespace SspNative.Tests.Lab.Ablation.Claims;

/// <summary>The two-way bootstrap and Holm's procedure against closed forms and laws.</summary>
public class EffectTests
{
    private const int FewDraws = 20;

    [Fact]
    public void AVarianceOfSeedsAndClipsIsThatOfTheClosedForm()
    {
        // d = a_s + b_c: the mean's variance under the bootstrap is var(a)/S + var(b)/C, with variances of the samples over S and C.
        double[] a = [-0.03, 0.01, 0.02, 0.04, -0.01, 0.05], b = [.. Enumerable.Range(0, 40).Select(i => 0.02 * Math.Sin(i))];
        double deviation = Math.Sqrt(Variance(a) / a.Length + Variance(b) / b.Length);
        Effect effect = Effect.Estimate([.. a.Select(x => b.Select(y => x + y).ToArray())], seed: 7);
        Assert.Equal(a.Average() + b.Average(), effect.Mean, 1e-12);
        Assert.Equal(effect.Mean - 1.96 * deviation, effect.Low, 0.15 * deviation);
        Assert.Equal(effect.Mean + 1.96 * deviation, effect.High, 0.15 * deviation);
        double p = 0.5 * Erfc(effect.Mean / deviation / Math.Sqrt(2));
        Assert.Equal(p, effect.P, 0.02);
    }

    [Fact]
    public void NothingIsGainedByNothing() => Assert.Equal(new Effect(0, 0, 0, 1), Effect.Estimate([new double[5], new double[5]], 1));

    [Fact]
    public void AShiftOfAllPairsIsCertain()
    {
        Effect effect = Effect.Estimate([[0.25, 0.25], [0.25, 0.25], [0.25, 0.25]], 1);
        Assert.Equal((0.25, 0.25, 0.25), (effect.Mean, effect.Low, effect.High));
        Assert.Equal(1.0 / (1 + Effect.Draws), effect.P, 1e-15);
    }

    [Fact]
    public void DifferencesMustBePaired()
    {
        Assert.Throws<ArgumentException>(() => Effect.Estimate([], 1));
        Assert.Throws<ArgumentException>(() => Effect.Estimate([[1.0], [1.0, 2.0]], 1));
    }

    [Property(MaxTest = FewDraws)]
    public bool TheSameSeedDrawsTheSame(byte[] values, ulong seed)
    {
        double[][] differences = Differences(values);
        return Effect.Estimate(differences, seed) == Effect.Estimate(differences, seed);
    }

    [Property(MaxTest = FewDraws)]
    public bool AMeanLiesInItsIntervalAndMovesWithAShift(byte[] values, sbyte shift)
    {
        double[][] differences = Differences(values);
        Effect here = Effect.Estimate(differences, 3), there = Effect.Estimate([.. differences.Select(d => d.Select(v => v + shift / 100.0).ToArray())], 3);
        return here.Low <= here.High && here.P is > 0 and <= 1
            && Math.Abs(there.Mean - here.Mean - shift / 100.0) < 1e-9 && Math.Abs(there.Low - here.Low - shift / 100.0) < 1e-9
            && (shift < 0 ? there.P >= here.P : there.P <= here.P);
    }

    [Fact]
    public void HolmIsThatOfAHand()
    {
        // Sorted 0.005, 0.01, 0.03, 0.04: 4·0.005, 3·0.01, 2·0.03, and 0.04 is no less than its forerunner.
        double[] expected = [0.03, 0.06, 0.06, 0.02], found = Holm.Adjust([0.01, 0.04, 0.03, 0.005]);
        foreach ((double e, double f) in expected.Zip(found))
            Assert.Equal(e, f, 1e-12);
    }

    [Property]
    public bool HolmKeepsTheOrderAndLiesBetweenTheTestAndBonferroni(byte[] values)
    {
        double[] p = [.. values.Select(v => v / 255.0)], adjusted = Holm.Adjust(p);
        return p.Zip(adjusted).All(x => x.Second >= x.First - 1e-12 && x.Second <= Math.Min(1, x.First * p.Length) + 1e-12)
            && p.Zip(adjusted).OrderBy(x => x.First).Select(x => x.Second).Pairwise().All(x => x.First <= x.Second);
    }

    [Property]
    public bool HolmIsMonotone(byte[] values, byte place, byte less)
    {
        if (values.Length == 0)
            return true;
        double[] p = [.. values.Select(v => v / 255.0)], smaller = [.. p];
        smaller[place % p.Length] *= less / 255.0;
        return Holm.Adjust(smaller).Zip(Holm.Adjust(p)).All(x => x.First <= x.Second + 1e-12);
    }

    private static double[][] Differences(byte[] values)
    {
        byte[] all = [1, .. values.Take(30)];
        return [.. Enumerable.Range(0, 3).Select(s => all.Select(v => ((v * (s + 1)) % 101 - 50) / 100.0).ToArray())];
    }

    private static double Variance(double[] values) => values.Sum(v => Math.Pow(v - values.Average(), 2)) / values.Length;

    // Abramowitz and Stegun 7.1.26, to 1.5e-7.
    private static double Erfc(double x)
    {
        double t = 1 / (1 + 0.3275911 * x);
        return t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.Exp(-x * x);
    }
}

/// <summary>Neighbours of a list.</summary>
internal static class Neighbours
{
    public static IEnumerable<(T First, T Second)> Pairwise<T>(this IEnumerable<T> items)
    {
        T[] all = [.. items];
        return all.Zip(all.Skip(1));
    }
}
