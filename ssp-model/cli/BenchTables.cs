using System.Globalization;
using Spectre.Console;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli;

/// <summary>Measurements as tables.</summary>
internal static class BenchTables
{
    private const string None = "–";

    public static void Write(IAnsiConsole console, IRoof roof)
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
            Write(console, roof);
            console.Write(Kernels(report));
            if (roof is DeviceRoof)
                console.MarkupLine("Times are the device's own. Before each run something else passed through its memory, so that no cache held the operands.");
            console.MarkupLine("Medians; spread: interquartile range by median. Ratio: peer's time by the engine's. Of roof: the least possible time by the engine's.");
        }
        else
        {
            console.Write(Models(report));
            console.MarkupLine("Medians. Tensors: the most memory in tensors at once. Process: the most the process held, weights included.");
        }
        foreach (IGrouping<string, BenchResult> lacking in report.Results.Where(r => r.PeerLacks is not null).GroupBy(r => r.PeerLacks!))
            console.MarkupLineInterpolated($"Not in the peer: {string.Join(", ", lacking.Select(r => r.Work.Name))}: {lacking.Key}");
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
    }

    private static Table Kernels(BenchReport report)
    {
        Table table = New(["Case"], ["Ours, ms", "Spread", "Peer, ms", "Spread", "Ratio", "Rate", "Of roof", "Bound"]);
        foreach (BenchResult r in report.Results)
            table.AddRow(
                Markup.Escape(r.Work.Name), Time(r.Ours), Percent(r.Ours.Spread), Time(r.Peer), Percent(r.Peer?.Spread), Number(r.Ratio),
                Rate(r), Percent(r.OfRoof), r.Bound);
        return table;
    }

    private static Table Models(BenchReport report)
    {
        Table table = New(
            ["Case"],
            ["Ours, ms", "Spread", "Peer, ms", "Spread", "Ratio", "GFLOP/s", "Tensors, MB", "Process, MB", "Peer's process, MB"]);
        foreach (BenchResult r in report.Results)
            table.AddRow(
                Markup.Escape(r.Work.Name), Time(r.Ours), Percent(r.Ours.Spread), Time(r.Peer), Percent(r.Peer?.Spread), Number(r.Ratio),
                Number(r.Flops / r.Ours.Seconds / 1e9), Megabytes(r.TensorBytes), Megabytes(r.Ours.PeakBytes), Megabytes(r.Peer?.PeakBytes));
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

    private static string Time(Timing? timing) => timing?.Seconds is { } s ? (s * 1e3).ToString("0.000", CultureInfo.InvariantCulture) : None;

    private static string Percent(double? share) => share?.ToString("0 %", CultureInfo.InvariantCulture) ?? None;

    private static string Megabytes(long? bytes) => bytes is null ? None : Number(bytes / 1048576.0);

    private static string Number(double? value) => value?.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? None;
}
