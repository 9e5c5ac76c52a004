using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Engine.Diagnostics;
using SspNative.Lab;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Profiling;

/// <summary>Shows a profile: tables of stages, modules, operations and kernels, or one JSON document.</summary>
internal static class ProfileTables
{
    // Rows below this part of the wall time are summed up in one, but for the first.
    private const double LeastShare = 0.002;
    private const int FirstRows = 16;

    public static void Show(ProfileReport report, IRoof roof, bool json, TextWriter output)
    {
        if (json)
        {
            JsonObject document = JsonSerializer.SerializeToNode(report, LabJson.Options.GetTypeInfo(typeof(ProfileReport)))!.AsObject();
            document["roof"] = JsonSerializer.SerializeToNode(roof, LabJson.Options.GetTypeInfo(typeof(IRoof)));
            output.WriteLine(document.ToJsonString(LabJson.Options));
            return;
        }
        Write(output, "Stage", report.Stages, true, false);
        Write(output, "Module", report.Modules, true, true);
        Write(output, "Operation", report.Ops, false, false);
        Write(output, "Kernel", report.Kernels, false, false);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.WallSeconds:0.000} s, kernels {report.KernelSeconds:0.000} s ({report.KernelSeconds / report.WallSeconds:0.0 %}); ")
            + string.Create(CultureInfo.InvariantCulture, $"tensors at most {report.PeakBytes / 1048576.0:0.0} MB"));
        output.WriteLine("The first call of each kernel compiles it, unless --warm-up is given.");
        string bandwidths = string.Join(
            ", ", roof.Bandwidths.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.BytesPerSecond / 1e9:0.0} GB/s from {b.Store}")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Roof: {roof.Flops / 1e9:0} GFLOP/s; {bandwidths}")
            + (roof.Bandwidths.Count > 1 ? ", by the size of a kernel's operands." : "."));
    }

    private static void Write(TextWriter output, string title, IReadOnlyList<ProfileRow> rows, bool spans, bool backward)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(title);
        string[] titles =
        [
            "Calls", "ms", "Share", .. spans ? ["Kernels ms"] : Array.Empty<string>(), .. backward ? ["Backward ms"] : Array.Empty<string>(),
            "GFLOP", "GB", "GFLOP/s", "GB/s", "Of roof", "Threads",
        ];
        foreach (string column in titles)
            table.AddColumn(new TableColumn(column).RightAligned());
        int shown = Math.Max(Math.Min(FirstRows, rows.Count), rows.Count(r => r.Share >= LeastShare));
        foreach (ProfileRow row in rows.Take(shown))
            table.AddRow([Markup.Escape(row.Name), .. Cells(row, spans, backward)]);
        ProfileRow[] rest = [.. rows.Skip(shown)];
        if (rest.Length > 0)
            table.AddRow($"({rest.Length} more)", $"{rest.Sum(r => r.Calls)}", Number(rest.Sum(r => r.Seconds) * 1e3));
        Output.Lines(output).Write(table);
    }

    private static IEnumerable<string> Cells(ProfileRow row, bool spans, bool backward)
    {
        yield return row.Calls.ToString(CultureInfo.InvariantCulture);
        yield return Number(row.Seconds * 1e3);
        yield return Share(row.Share);
        if (spans)
            yield return Number(row.KernelSeconds * 1e3);
        if (backward)
            yield return row.BackwardSeconds > 0 ? Number(row.BackwardSeconds * 1e3) : "";
        yield return Number(row.Flops / 1e9);
        yield return Number(row.Bytes / 1e9);
        yield return row.KernelSeconds > 0 ? Number(row.Flops / row.KernelSeconds / 1e9) : "";
        yield return row.KernelSeconds > 0 ? Number(row.Bytes / row.KernelSeconds / 1e9) : "";
        yield return row.RoofShare is { } roof ? Share(roof) : "";
        yield return row.Threads is { } threads ? Number(threads) : "";
    }

    private static string Share(double value) => value.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value < 10 ? "0.00" : "#,0.0", CultureInfo.InvariantCulture);
}
