using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Lab.Ablation;

namespace SspNative.Cli.Evaluating;

/// <summary>An ablation as tables.</summary>
internal static class AblationTables
{
    public static void Write(IAnsiConsole console, AblationReport report)
    {
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{Output.Count(report.Seeds, "seed")}, {Output.Count(report.TrainingClips, "training clip")}, {Output.Count(report.TestClips, "clip")} scored");
        foreach (AblationTable table in report.Tables)
            console.Write(Of(table, report.Seeds));
        if (report.Seeds > 1)
            console.MarkupLine("Mean ± standard deviation over seeds; differences to the first row ± standard error.");
        console.MarkupLine("By difficulty: mIoU of the clips that have it.");
    }

    private static Table Of(AblationTable table, int seeds)
    {
        string[] difficulties = [.. table.Rows.SelectMany(r => r.Difficulties).Select(d => d.Difficulty).Distinct()];
        Table drawn = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(table.Title));
        drawn.AddColumn("Variant");
        foreach (string title in (string[])["mIoU", "F", "Difference", .. difficulties])
            drawn.AddColumn(new TableColumn(title).RightAligned());
        foreach (AblationRow row in table.Rows)
            drawn.AddRow(
            [
                Markup.Escape(row.Name), AblationReport.Text(row.MeanIou), AblationReport.Text(row.FScore),
                string.Create(CultureInfo.InvariantCulture, $"{row.Difference:+0.000;−0.000;0}{(seeds > 1 ? $" ± {row.Error:0.000}" : "")}"),
                .. difficulties.Select(d => row.Difficulties.FirstOrDefault(r => r.Difficulty == d) is { } found ? AblationReport.Text(found.MeanIou) : "–"),
            ]);
        return drawn;
    }
}
