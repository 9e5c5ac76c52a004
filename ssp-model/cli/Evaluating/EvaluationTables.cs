using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Model.Evaluation;

namespace SspNative.Cli.Evaluating;

/// <summary>An evaluation as tables: protocols, classes, difficulties.</summary>
internal static class EvaluationTables
{
    public static void Write(IAnsiConsole console, EvaluationReport report)
    {
        console.MarkupLineInterpolated($"task {report.Task}: {Output.Count(report.Clips, "clip")}, {Output.Count(report.Frames, "labelled frame")}");
        console.Write(Protocols(report));
        if (report.Classes.Count > 0)
            console.Write(Classes(report));
        if (report.Difficulties.Count == 0)
            return;
        console.Write(Difficulties(report));
        console.MarkupLine("Found: share of the pixels of things while they sound that was marked. Leaked: the same while they are silent.");
        console.MarkupLine("Beside a difficulty of whole clips stand all things in them.");
    }

    public static void Write(IAnsiConsole console, WrongSoundReport report)
    {
        console.MarkupLineInterpolated($"{Output.Count(report.Clips, "clip")}, {Output.Count(report.OwnSound.Frames, "labelled frame")}");
        Table table = New(["Sound"], ["Frames with a mark", "Pixels marked", "Of what sounds"]);
        foreach ((string name, MarkedShares shares) in ((string, MarkedShares)[])[("their own", report.OwnSound), (report.Sound, report.WrongSound)])
            table.AddRow(name, Number(shares.MarkedFrames), Number(shares.MarkedPixels), Number(shares.MarkedOfSounding));
        console.Write(table);
        console.MarkupLine("Shares of what is marked as sounding. With a wrong sound nothing should be.");
    }

    private static Table Protocols(EvaluationReport report)
    {
        Table table = New(["Protocol", "Over"], ["mIoU", "F"]);
        foreach (ProtocolScore p in report.Protocols)
            table.AddRow(Markup.Escape(p.Name), Markup.Escape(p.Over), Number(p.MeanIou), Number(p.FScore));
        return table;
    }

    private static Table Classes(EvaluationReport report)
    {
        Table table = New([report.Task == "avs" ? "What sounds" : "Class"], ["Frames", "mIoU", "F"]);
        foreach (ClassScore c in report.Classes)
            table.AddRow(Markup.Escape(c.Name), Count(c.Frames), Number(c.MeanIou), Number(c.FScore));
        return table;
    }

    private static Table Difficulties(EvaluationReport report)
    {
        Table table = New(["Difficulty"], ["Clips", "mIoU of clips", "Things", "Found", "Class right", "Leaked"]);
        foreach (DifficultyScore d in report.Difficulties)
            table.AddRow(
                Markup.Escape(d.Difficulty), Count(d.Clips), Number(d.MeanIou), Count(d.Things), Number(d.Recall), Number(d.Named), Number(d.Leak));
        return table;
    }

    private static Table New(string[] words, string[] numbers)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string title in words)
            table.AddColumn(title);
        foreach (string title in numbers)
            table.AddColumn(new TableColumn(title).RightAligned());
        return table;
    }

    private static string Number(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "–";

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);
}
