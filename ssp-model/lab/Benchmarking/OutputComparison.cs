using System.Globalization;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Compares what the engine and a peer computed from the same weights and inputs.</summary>
internal static class OutputComparison
{
    // Outputs smaller than this are compared by their absolute error.
    private const double Floor = 1e-4;

    /// <summary>The largest relative error (root mean square) of an output, and in words what differs by more than is allowed.</summary>
    public static (double Difference, string? Disagreement) Compare(IReadOnlyList<CaseOutput> ours, IReadOnlyList<CaseOutput> theirs)
    {
        double worst = 0;
        foreach (CaseOutput mine in ours)
        {
            CaseOutput? other = theirs.FirstOrDefault(o => o.Name == mine.Name);
            if (other is null)
                return (double.PositiveInfinity, $"it has no output {mine.Name}");
            if (!other.Shape.SequenceEqual(mine.Shape))
                return (double.PositiveInfinity, $"its {mine.Name} is ({string.Join(',', other.Shape)}), not ({string.Join(',', mine.Shape)})");
            double error = Error(mine.Values, other.Values);
            if (!(error <= BenchProtocol.MostDifference))
                return (error, string.Create(CultureInfo.InvariantCulture, $"its {mine.Name} differs by {error:0.0e+0}"));
            worst = Math.Max(worst, error);
        }
        return (worst, null);
    }

    private static double Error(float[] expected, float[] actual)
    {
        double squares = 0, differences = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            squares += (double)expected[i] * expected[i];
            differences += ((double)actual[i] - expected[i]) * ((double)actual[i] - expected[i]);
        }
        return Math.Sqrt(differences / expected.Length) / Math.Max(Floor, Math.Sqrt(squares / expected.Length));
    }
}
