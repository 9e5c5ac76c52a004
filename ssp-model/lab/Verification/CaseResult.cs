using SspNative.Lab.References;

namespace SspNative.Lab.Verification;

/// <summary>What came of running one reference case.</summary>
/// <param name="Path">The case file.</param>
/// <param name="Module">The module it names; null when the file could not be read so far.</param>
/// <param name="Judgements">One for every expected output and gradient; empty when the case could not be run.</param>
/// <param name="Failure">Why the case could not be run, on one line; null when it was.</param>
/// <param name="Elapsed">Reading, running and judging it.</param>
public sealed record CaseResult(
    string Path, string? Module, IReadOnlyList<Judgement> Judgements, string? Failure, TimeSpan Elapsed)
{
    /// <summary>The verdict: that of the worst judgement.</summary>
    public JudgementLevel Level => Failure is null && Worst is { } worst ? worst.Level : JudgementLevel.Wrong;

    public bool Passed => Level != JudgementLevel.Wrong;

    /// <summary>The judgement furthest above what PyTorch reaches; null when the case could not be run.</summary>
    public Judgement? Worst => Judgements.OrderByDescending(j => j.Level).ThenByDescending(j => j.Severity).FirstOrDefault();
}
