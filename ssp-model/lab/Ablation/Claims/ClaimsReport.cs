using System.Globalization;
using System.Text;
using SspNative.Model.Config;
using SspNative.Model.Training;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>The mean of a row of a claim.</summary>
/// <param name="Name">The row.</param>
/// <param name="MeanIou">Over seeds, of the mean over clips.</param>
public sealed record ClaimRowScore(string Name, Spread MeanIou);

/// <summary>What was found of a claim.</summary>
/// <param name="Claim">C1 … C6.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Verdict">Its verdict.</param>
public sealed record ClaimFinding(string Claim, IReadOnlyList<ClaimRowScore> Rows, ClaimVerdict Verdict);

/// <summary>How a study was made.</summary>
/// <param name="Command">The command line.</param>
/// <param name="Size">How large it is.</param>
/// <param name="Config">The sizes that all rows share.</param>
/// <param name="Options">The options that all rows share.</param>
public sealed record ClaimsMaking(string Command, ClaimSize Size, SspConfig Config, TrainingOptions Options);

/// <summary>What a claims study found. All of it but the making follows from the raw table.</summary>
/// <param name="Making">How it was made; null where verdicts are recomputed from a raw table.</param>
/// <param name="Seeds">Trainings of each row.</param>
/// <param name="Clips">Clips scored.</param>
/// <param name="Rule">The rule of verdicts.</param>
/// <param name="Findings">One for each claim.</param>
public sealed record ClaimsReport(ClaimsMaking? Making, int Seeds, int Clips, IReadOnlyList<string> Rule, IReadOnlyList<ClaimFinding> Findings)
{
    /// <exception cref="InputException">Scores are missing.</exception>
    public static ClaimsReport Judge(RawTable raw, ClaimsMaking? making)
    {
        IReadOnlyList<ClaimVerdict> verdicts = VerdictRule.Judge(raw);
        ScoreMatrix[] scores = [.. verdicts.Select(v => raw.Of(Claim.By(v.Claim)))];
        return new ClaimsReport(
            making, scores[0].Seeds, scores[0].Clips, VerdictRule.Words,
            [
                .. verdicts.Zip(scores, (verdict, score) => new ClaimFinding(
                    verdict.Claim,
                    [.. Claim.By(verdict.Claim).Rows.Select(r => new ClaimRowScore(r.Name, Spread.Of([.. score.Of(r.Name).Select(s => s.Average())])))],
                    verdict)),
            ]);
    }

    public string ToJson() => LabJson.Write(this);

    /// <summary>The study as a page of Markdown: for each claim its question, prediction, figure and verdict.</summary>
    public string ToMarkdown()
    {
        var page = new StringBuilder("# Claims of the paper\n\n");
        if (Making is { } making)
            page.Append("```\n").Append(making.Command).Append("\n```\n\n")
                .Append(Text($"Size {making.Size.Name}: {Seeds} seeds of each row, {making.Size.Epochs} × {making.Size.TrainingClips} training clips; "))
                .Append(Text($"scored on {Clips} other clips.\n\n"));
        foreach (string line in Rule)
            page.Append("* ").Append(line).Append('\n');
        page.Append("\n| claim | verdict | least gain, 95 % interval | p (Holm) | shuffled | oracle |\n|---|---|---|---|---|---|\n");
        foreach (ClaimVerdict v in Findings.Select(f => f.Verdict))
            page.Append(Text($"| {v.Claim} | {Word(v.Verdict)} | {Text(v.Gains.MinBy(g => g.Effect.Mean)!.Effect)} | {v.AdjustedP:0.0000} | "))
                .Append(Text($"{Text(v.Shuffled.Effect)} | {Text(v.Oracle.Effect)} |\n"));
        page.Append("\n![effects](claims.png)\n");
        foreach (ClaimFinding finding in Findings)
            Write(page, finding);
        return page.ToString();
    }

    /// <summary>A verdict in a word.</summary>
    public static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    /// <summary>An effect with its interval.</summary>
    public static string Text(Effect effect) =>
        Text($"{effect.Mean:+0.000;−0.000;0.000} [{effect.Low:+0.000;−0.000;0.000}, {effect.High:+0.000;−0.000;0.000}]");

    private static void Write(StringBuilder page, ClaimFinding finding)
    {
        var claim = Claim.By(finding.Claim);
        page.Append(Text($"\n## {claim.Id}: {claim.Question}\n\nPrediction: {claim.Prediction}\n\n"));
        page.Append(Text($"Clips \"{claim.World.Name}\": `{OneLine(ConfigJson.Write(claim.World.Premise))}`\n\n"));
        page.Append(Text($"![{claim.Id}]({claim.Id}.png)\n\n| row | mIoU |\n|---|---|\n"));
        foreach (ClaimRowScore row in finding.Rows)
            page.Append(Text($"| {row.Name} | {AblationReport.Text(row.MeanIou)} |\n"));
        page.Append("\n| contrast | difference, 95 % interval | p |\n|---|---|---|\n");
        foreach ((string kind, MeasuredContrast contrast) in
            (IEnumerable<(string, MeasuredContrast)>)
            [
                .. finding.Verdict.Gains.Select(g => ("gain", g)), ("shuffled", finding.Verdict.Shuffled), ("oracle", finding.Verdict.Oracle),
            ])
            page.Append(Text($"| {kind}: {contrast.Name} | {Text(contrast.Effect)} | {contrast.Effect.P:0.0000} |\n"));
        page.Append(Text($"\n**{Word(finding.Verdict.Verdict)}**: {finding.Verdict.Reason}.\n"));
    }

    private static string OneLine(string json) => string.Join(' ', json.Split('\n', StringSplitOptions.TrimEntries));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
