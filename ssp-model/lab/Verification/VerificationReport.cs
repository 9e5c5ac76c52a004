using SspNative.Lab.References;

namespace SspNative.Lab.Verification;

/// <summary>What came of running reference cases, as <c>ssp verify --json</c> prints it.</summary>
/// <param name="Device">Where they ran.</param>
/// <param name="Description">The device in more words.</param>
/// <param name="Passed">Cases that passed.</param>
/// <param name="Failed">Cases that failed.</param>
/// <param name="Cases">All of them, in the order in which they ran.</param>
public sealed record VerificationReport(string Device, string Description, int Passed, int Failed, IReadOnlyList<VerifiedCase> Cases)
{
    /// <summary>The report of results.</summary>
    public static VerificationReport Of(IDevice device, IReadOnlyList<CaseResult> results)
    {
        int passed = results.Count(r => r.Passed);
        return new VerificationReport(device.Name, device.Description, passed, results.Count - passed, [.. results.Select(VerifiedCase.Of)]);
    }

    /// <summary>The report as a text of JSON.</summary>
    public string ToJson() => LabJson.Write(this);

    /// <summary>A verdict in words.</summary>
    public static string Words(JudgementLevel level) => level switch
    {
        JudgementLevel.AsGoodAsPyTorch => "as good as PyTorch",
        JudgementLevel.Correct => "correct",
        _ => "wrong",
    };
}

/// <summary>One case of a <see cref="VerificationReport"/>.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Module">The module it names; null when the file could not be read so far.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Level">The verdict in words.</param>
/// <param name="Seconds">Reading, running and judging it.</param>
/// <param name="Failure">Why it could not be run; null when it was.</param>
/// <param name="Worst">The name of the result furthest above what PyTorch reaches.</param>
/// <param name="Results">Every output and gradient.</param>
public sealed record VerifiedCase(
    string Path, string? Module, bool Passed, string Level, double Seconds, string? Failure, string? Worst, IReadOnlyList<VerifiedResult> Results)
{
    internal static VerifiedCase Of(CaseResult result) => new(
        result.Path, result.Module, result.Passed, VerificationReport.Words(result.Level), Math.Round(result.Elapsed.TotalSeconds, 4), result.Failure,
        result.Worst?.Name,
        [.. result.Judgements.Select(j => new VerifiedResult(j.Name, VerificationReport.Words(j.Level), j.Error, j.TorchError, j.Ratio, j.Reason))]);
}

/// <summary>One output or gradient of a <see cref="VerifiedCase"/>: a <see cref="Judgement"/> with its verdict in words.</summary>
public sealed record VerifiedResult(string Name, string Level, double? Error, double? TorchError, double? Ratio, string? Reason);
