using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Lab.Ablation.Claims;

namespace SspNative.Cli.Evaluating;

/// <summary>The verdicts on the paper's claims as a table.</summary>
internal static class ClaimTables
{
    public static void Write(IAnsiConsole console, ClaimsReport report)
    {
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{Output.Count(report.Seeds, "seed")}, {Output.Count(report.Clips, "clip")} scored");
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string title in (string[])["Claim", "Verdict", "Least gain, 95 %", "p (Holm)", "Shuffled", "Oracle", "Why"])
            table.AddColumn(title);
        foreach (ClaimVerdict v in report.Findings.Select(f => f.Verdict))
            table.AddRow(
            [
                .. ((string[])
                [
                    v.Claim, ClaimsReport.Word(v.Verdict), ClaimsReport.Text(v.Gains.MinBy(g => g.Effect.Mean)!.Effect),
                    v.AdjustedP.ToString("0.0000", CultureInfo.InvariantCulture), ClaimsReport.Text(v.Shuffled.Effect), ClaimsReport.Text(v.Oracle.Effect),
                    v.Reason,
                ]).Select(Markup.Escape),
            ]);
        console.Write(table);
    }
}
