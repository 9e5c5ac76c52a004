using SspNative.Model.Files;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>What a study says of a claim.</summary>
public enum Verdict
{
    Undecided,
    Shown,
    Refuted,
}

/// <summary>A contrast as it was measured.</summary>
/// <param name="Name">Which.</param>
/// <param name="Effect">In mIoU, 0 to 1.</param>
public sealed record MeasuredContrast(string Name, Effect Effect);

/// <summary>A claim's verdict and what it rests on.</summary>
/// <param name="Claim">C1 … C6.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">Why, in a line.</param>
/// <param name="AdjustedP">the largest p of its gains, by Holm's procedure over all six claims.</param>
/// <param name="Gains">All of which the claim needs.</param>
/// <param name="Shuffled">The negative control.</param>
/// <param name="Oracle">The positive control.</param>
public sealed record ClaimVerdict(
    string Claim, Verdict Verdict, string Reason, double AdjustedP, IReadOnlyList<MeasuredContrast> Gains, MeasuredContrast Shuffled,
    MeasuredContrast Oracle);

/// <summary>
/// The rule of verdicts, settled before the study runs. A claim that was not measured counts in Holm's procedure with p = 1: some claims alone are
/// judged as strictly as among all six, or more so.
/// </summary>
internal static class VerdictRule
{
    /// <summary>The least gain in mIoU that counts.</summary>
    public const double LeastGain = 0.005;

    /// <summary>What an oracle's input must gain before a claim can be called refuted.</summary>
    public const double LeastOracleGain = 0.02;

    public const double Level = 0.05;

    /// <summary>The fewest seeds with which anything is decided.</summary>
    public const int LeastSeeds = 3;

    // Of the bootstrap; any number would do, but it must always be the same.
    private const ulong BootstrapSeed = 2601_08133;

    /// <summary>The rule in words.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        "A gain is the mean paired difference in mIoU over seeds and clips. Its 95 % interval and one-sided p come from a two-way bootstrap (seeds × clips).",
        $"Shown: every gain is at least +{LeastGain} with an interval above 0, p by Holm's procedure over the six claims is below {Level}, "
        + "and the shuffled input's interval is not above 0.",
        $"Refuted: the oracle gains at least +{LeastOracleGain} with an interval above 0, so the module can use its input, "
        + $"but a gain's interval lies below +{LeastGain}.",
        $"Undecided: all else, and whatever has fewer than {LeastSeeds} seeds. "
        + "If the oracle gains nothing, the implementation is in question and not the claim.",
    ];

    /// <summary>The verdicts of the claims of a raw table.</summary>
    /// <exception cref="InputException">A claim lacks a row, or a row a pair of seed and clip.</exception>
    public static IReadOnlyList<ClaimVerdict> Judge(RawTable raw)
    {
        var measured = new List<(Claim Claim, MeasuredContrast[] Gains, MeasuredContrast Shuffled, MeasuredContrast Oracle, int Seeds)>();
        foreach (string id in raw.Claims)
        {
            Claim claim = ClaimCatalogue.All.FirstOrDefault(c => c.Id == id)
                ?? throw new InputException($"{raw.Source}: there is no claim {InputFile.Quote(id)}");
            ScoreMatrix scores = raw.Of(claim);
            measured.Add((claim, [.. claim.Gains.Select(Measure)], Measure(claim.Shuffled), Measure(claim.Oracle), scores.Seeds));

            MeasuredContrast Measure(Contrast contrast) => new(contrast.Name, Effect.Estimate(scores.Of(contrast), BootstrapSeed));
        }
        double[] adjusted = Holm.Adjust(
            [.. ClaimCatalogue.All.Select(c =>
                measured.FirstOrDefault(m => m.Claim == c) is { Claim: not null } found ? found.Gains.Max(g => g.Effect.P) : 1)]);
        return
        [
            .. measured.Select(m => Judge(
                m.Claim.Id, m.Gains, m.Shuffled, m.Oracle, m.Seeds, adjusted[ClaimCatalogue.All.Index().First(c => c.Item == m.Claim).Index])),
        ];
    }

    /// <summary>The verdict on measured contrasts.</summary>
    /// <param name="claim">The claim's id.</param>
    /// <param name="gains">What it needs.</param>
    /// <param name="shuffled">The negative control.</param>
    /// <param name="oracle">The positive control.</param>
    /// <param name="seeds">Trainings of every row.</param>
    /// <param name="adjustedP">By Holm's procedure.</param>
    public static ClaimVerdict Judge(
        string claim, IReadOnlyList<MeasuredContrast> gains, MeasuredContrast shuffled, MeasuredContrast oracle, int seeds, double adjustedP)
    {
        (Verdict verdict, string reason) = Decide();
        return new ClaimVerdict(claim, verdict, reason, adjustedP, gains, shuffled, oracle);

        (Verdict, string) Decide()
        {
            if (seeds < LeastSeeds)
                return (Verdict.Undecided, $"{seeds} of at least {LeastSeeds} seeds");
            bool gained = gains.All(g => g.Effect.Mean >= LeastGain && g.Effect.Low > 0) && adjustedP < Level;
            if (gained && shuffled.Effect.Low > 0)
                return (Verdict.Undecided, "the shuffled input gains too, so it is not what the input says that helps");
            if (gained)
                return (Verdict.Shown, "the true input gains, the shuffled one does not");
            bool canCarry = oracle.Effect.Mean >= LeastOracleGain && oracle.Effect.Low > 0;
            if (canCarry && gains.Any(g => g.Effect.High < LeastGain))
                return (Verdict.Refuted, "the oracle gains, the true input does not");
            return (Verdict.Undecided, canCarry
                ? "the oracle gains, but the interval of the true input reaches too far"
                : "even the oracle gains less than it must, so the implementation or the training is in question");
        }
    }
}
