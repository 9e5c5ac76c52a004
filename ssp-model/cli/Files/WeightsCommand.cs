using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Model.Weights;

namespace SspNative.Cli.Files;

/// <summary><c>ssp weights</c>: what is in weight files, and which of it the model takes.</summary>
internal static class WeightsCommand
{
    private const int NamesShown = 4;

    private static readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Weight files, indices of shards, or folders of them.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a table." };
        var command = new Verb(
            "weights",
            "Shows what is in weight files: their format, their parts of the model, the tensors that are used, unused and missing.",
            "ssp weights published/",
            "ssp weights ssp-s4.safetensors --json")
        {
            _paths, json,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<WeightReport> reports = [.. parsed.GetRequiredValue(_paths).SelectMany(WeightReport.Inspect)];
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(ConfigJson.Write(reports));
            else
                Show(reports, output);
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Show(IReadOnlyList<WeightReport> reports, TextWriter output)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string title in (string[])["File", "Format", "Part", "Sizes", "Elements"])
            table.AddColumn(title);
        foreach (string title in (string[])["MB", "Used", "Unused", "Missing"])
            table.AddColumn(new TableColumn(title).RightAligned());
        foreach (WeightReport report in reports.Where(r => r.Problem is null))
        {
            string types = string.Join(", ", report.Types.Select(t => $"{t.Value} {t.Key}"));
            PartReport?[] parts = report.Parts.Count > 0 ? [.. report.Parts] : [null];
            for (int i = 0; i < parts.Length; i++)
                table.AddRow([.. Row(report, parts[i], types, first: i == 0).Select(Markup.Escape)]);
        }
        IAnsiConsole console = Output.Lines(output);
        if (table.Rows.Count > 0)
            console.Write(table);
        foreach (WeightReport report in reports)
        {
            if (report.Problem is { } problem)
                console.MarkupLineInterpolated($"[yellow]{problem}[/]");
            foreach (PartReport part in report.Parts.Where(p => p.Missing.Count > 0))
                console.MarkupLineInterpolated($"{report.File}: {part.Part} lacks {Few(part.Missing)}{(part.Note is { } note ? $": {note}" : "")}");
            if (report.Parts.Count > 0 && report.Unused.Count > 0)
                console.MarkupLineInterpolated($"{report.File}: not used are {Few(report.Unused)}");
        }
    }

    private static string[] Row(WeightReport report, PartReport? part, string types, bool first) =>
    [
        first ? report.File : "", first ? report.Format! : "", part?.Part ?? "none of this model", part?.Sizes ?? "", first ? types : "",
        first ? (report.Bytes / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture) : "", part is null ? "0" : Number(part.Used),
        first ? Number(report.Unused.Count) : "", part is null ? "" : Number(part.Missing.Count),
    ];

    private static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Few(IReadOnlyList<string> names) => names.Count <= NamesShown
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(NamesShown))} and {Number(names.Count - NamesShown)} more";
}
