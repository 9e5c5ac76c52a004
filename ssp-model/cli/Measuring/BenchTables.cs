using System.Globalization;
using Spectre.Console;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;
using SspNative.Model.Pipeline;

namespace SspNative.Cli.Measuring;

/// <summary>Measurements as tables.</summary>
internal static class BenchTables
{
    private const string None = "–";

    private const string AboveRoof =
        "!: above the roof. A convolution by Winograd makes fewer products than are counted; operands that came from a cache are counted as from memory; else "
        + "the machine was busier while the roof was measured.";

    public static void Write(IAnsiConsole console, IRoof roof)
    {
        WriteTable(console, roof);
        Write(console, BenchWarnings.Of(roof));
    }

    private static void WriteTable(IAnsiConsole console, IRoof roof)
    {
        if (roof is Roof processor)
            Write(console, processor);
        else if (roof is DeviceRoof device)
            Write(console, device);
    }

    private static void Write(IAnsiConsole console, DeviceRoof roof)
    {
        Table table = New(["Roof"], ["Device"]);
        table.AddRow("Multiply-adds, GFLOP/s", Number(roof.Flops / 1e9));
        table.AddRow("Copy in memory, GB/s", Number(roof.Memory / 1e9));
        table.AddRow("Smallest kernel, µs", Number(roof.Launch * 1e6));
        console.Write(table);
    }

    private static void Write(IAnsiConsole console, Roof roof)
    {
        console.MarkupLineInterpolated($"{roof.Isa}, {roof.Threads} threads, L2 {roof.L2Bytes >> 10} KB a core, L3 {roof.L3Bytes >> 10} KB");
        Table table = New(["Roof"], ["1 thread", $"{roof.Threads} threads"]);
        table.AddRow("Multiply-adds, GFLOP/s", Number(roof.FlopsOneThread / 1e9), Number(roof.Flops / 1e9));
        table.AddRow("Triad from memory, GB/s", Number(roof.MemoryOneThread / 1e9), Number(roof.Memory / 1e9));
        table.AddRow("Reading L2, GB/s", None, Number(roof.L2 / 1e9));
        table.AddRow("Reading L3, GB/s", None, Number(roof.L3 / 1e9));
        table.AddRow("Hand-off, µs", None, Number(roof.HandOff * 1e6));
        console.Write(table);
    }

    public static void Write(IAnsiConsole console, BenchReport report)
    {
        console.MarkupLineInterpolated($"{report.Device}{(report.Peer is null ? "" : $" beside {report.Peer}")}");
        if (report.Roof is { } roof)
        {
            WriteTable(console, roof);
            console.Write(Kernels(report));
            if (roof is DeviceRoof)
                console.MarkupLine("Times are the device's own. Before each run something else passed through its memory, so that no cache held the operands.");
            console.MarkupLine("Medians and minima. Ratio: peer's median by the engine's. Of roof: the least possible time by the engine's median.");
            if (report.Results.Any(r => r.IsAboveRoof))
                console.MarkupLine(AboveRoof);
        }
        else
        {
            console.Write(Models(report));
            console.MarkupLine(
                "Medians and minima, in ms; memory in MB. Ratio: peer's median by the engine's. Tensors: the most memory in tensors at once. Process: the most "
                + "the process held, weights included. Differs: relative error of the peer's outputs against the engine's.");
        }
        foreach (IGrouping<string, BenchResult> lacking in report.Results.Where(r => r.PeerLacks is not null).GroupBy(r => r.PeerLacks!))
            console.MarkupLineInterpolated($"Not in the peer: {string.Join(", ", lacking.Select(r => r.Case.Name))}: {lacking.Key}");
        foreach (BenchResult result in report.Results.Where(r => r.Disagreement is not null))
            console.MarkupLineInterpolated($"The peer computes something else: {result.Case.Name}: {result.Disagreement}");
        Write(console, report.Warnings);
    }

    public static void Write(IAnsiConsole console, ClipReport report)
    {
        console.MarkupLineInterpolated($"{report.Device}{(report.Peer is null ? "" : $" beside {report.Peer}")}");
        Table clip = New([$"{Path.GetFileName(report.Clip)}, {report.Frames} frames"], ["s"]);
        foreach (StageTime stage in report.Stages)
            clip.AddRow(Markup.Escape(stage.Stage), Number(stage.Seconds));
        clip.AddRow("The whole clip, median", Number(report.Whole.Seconds));
        clip.AddRow("The whole clip, minimum", Number(report.Whole.Least));
        console.Write(clip);
        if (report.Networks.Count > 0)
        {
            Table networks = New(["Network"], ["Calls", "Ours, ms", "Min", "Peer, ms", "Min", "Ratio", "Differs"]);
            foreach (ClipNetwork n in report.Networks)
                networks.AddRow(
                    Markup.Escape(n.Call.Case.Name), n.Calls.ToString(CultureInfo.InvariantCulture), Time(n.Call.Ours.Seconds), Time(n.Call.Ours.Least),
                    Time(n.Call.Peer?.Seconds), Time(n.Call.Peer?.Least), Number(n.Call.Ratio), Scientific(n.Call.Difference));
            console.Write(networks);
            console.MarkupLineInterpolated($"Of the clip its networks take {Number(report.NetworkSeconds)} s, by the medians of their calls.");
        }
        if (report.PeerSeconds is { } peer)
        {
            string theirs = Number(report.PeerNetworkSeconds), ratio = Number(report.Ratio);
            console.MarkupLineInterpolated(
                $"With the peer's networks, which take {theirs} s, and all else as it is, the clip takes {Number(peer)} s: {ratio} × the engine's.");
        }
        console.MarkupLineInterpolated($"The most memory of the process: {Megabytes(report.Whole.PeakBytes)} MB.");
        foreach (ClipNetwork n in report.Networks.Where(n => (n.Call.Disagreement ?? n.Call.PeerLacks) is not null))
            console.MarkupLineInterpolated($"Not by the peer: {n.Call.Case.Name}: {n.Call.Disagreement ?? n.Call.PeerLacks}");
        Write(console, report.Warnings);
    }

    /// <summary>Why figures may mean little, on one line; nothing without a reason.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<string> warnings)
    {
        if (warnings.Count > 0)
            console.MarkupLineInterpolated($"[yellow]Warning:[/] {string.Join("; ", warnings)}");
    }

    public static void Write(IAnsiConsole console, IReadOnlyList<GrowthCurve> curves)
    {
        foreach (GrowthCurve curve in curves)
        {
            Table table = New([$"{curve.Title}: {curve.Unit}"], ["ms", "Tensors, MB", "GFLOP", "Time, ×", "Memory, ×", "Arithmetic, ×"]);
            GrowthPoint first = curve.Points[0];
            foreach (GrowthPoint p in curve.Points)
                table.AddRow(
                    p.Size.ToString(CultureInfo.InvariantCulture), Number(p.Seconds * 1e3), Megabytes(p.PeakBytes), Number(p.Flops / 1e9),
                    Number(p.Seconds / first.Seconds), Number((double)p.PeakBytes / first.PeakBytes), Number(p.Flops / first.Flops));
            console.Write(table);
        }
        Write(console, BenchWarnings.Of([.. curves.SelectMany(c => c.Points).Select(p => p.Timing)], CpuThreads.Count, null));
    }

    private static Table Kernels(BenchReport report)
    {
        Table table = New(["Case"], ["Ours, ms", "Min", "Peer, ms", "Min", "Ratio", "Rate", "Of roof", "Bound"]);
        foreach (BenchResult r in report.Results)
            table.AddRow(
                Markup.Escape(r.Case.Name), Time(r.Ours.Seconds), Time(r.Ours.Least), Time(r.Peer?.Seconds), Time(r.Peer?.Least), Number(r.Ratio),
                Rate(r), $"{Percent(r.OfRoof)}{(r.IsAboveRoof ? " !" : "")}", r.Bound);
        return table;
    }

    private static Table Models(BenchReport report)
    {
        Table table = New(
            ["Case"],
            ["Ours", "Min", "Peer", "Min", "Ratio", "GFLOP/s", "Tensors", "Process", "Peer's", "Differs"]);
        foreach (BenchResult r in report.Results)
            table.AddRow(
                Markup.Escape(r.Case.Name), Time(r.Ours.Seconds), Time(r.Ours.Least), Time(r.Peer?.Seconds), Time(r.Peer?.Least), Number(r.Ratio),
                Number(r.Flops / r.Ours.Seconds / 1e9), Megabytes(r.TensorBytes), Megabytes(r.Ours.PeakBytes), Megabytes(r.Peer?.PeakBytes),
                Scientific(r.Difference));
        return table;
    }

    private static string Rate(BenchResult r) => r.Bound == "compute"
        ? $"{Number(r.Flops / r.Ours.Seconds / 1e9)} GFLOP/s"
        : $"{Number(r.Bytes / r.Ours.Seconds / 1e9)} GB/s";

    private static Table New(string[] words, string[] numbers)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string title in words)
            table.AddColumn(Markup.Escape(title));
        foreach (string title in numbers)
            table.AddColumn(new TableColumn(title).RightAligned());
        return table;
    }

    // Four digits, as milliseconds.
    private static string Time(double? seconds) =>
        (seconds * 1e3)?.ToString(seconds switch { < 0.01 => "0.000", < 0.1 => "0.00", _ => "0.0" }, CultureInfo.InvariantCulture) ?? None;

    private static string Scientific(double? value) => value?.ToString("0.0e+0", CultureInfo.InvariantCulture) ?? None;

    private static string Percent(double? share) => share?.ToString("0 %", CultureInfo.InvariantCulture) ?? None;

    private static string Megabytes(long? bytes) => bytes is null ? None : Number(bytes / 1048576.0);

    private static string Number(double? value) => value?.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? None;
}
