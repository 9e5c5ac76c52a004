using System.Globalization;
using System.Text;
using SspNative.Cli.Plots;

namespace SspNative.Soak;

/// <summary>The figures as a table and as pictures.</summary>
internal static class SoakReport
{
    /// <summary>Writes <c>NAME.csv</c>.</summary>
    public static void WriteTable(SoakRun run, string folder)
    {
        var csv = new StringBuilder("clips,resident_bytes,handles,threads,temporary_files\n");
        foreach (ProcessSample s in run.Samples)
            csv.Append(CultureInfo.InvariantCulture, $"{s.Clips},{s.Memory},{s.Handles},{s.Threads},{s.Temporary}\n");
        File.WriteAllText(Path.Combine(folder, $"{run.Name}.csv"), csv.ToString());
    }

    /// <summary>Draws <c>memory.png</c> and <c>handles.png</c>.</summary>
    public static void Draw(IReadOnlyList<SoakRun> runs, string folder)
    {
        Save("memory", "Memory of one process", "resident memory in MB", [.. runs.Select(r => Series(r, r.Name, s => s.Memory / 1048576.0))]);
        Save("handles", "Handles, threads and temporary files of one process", "number",
        [
            .. runs.SelectMany(r => (LineSeries[])
            [
                Series(r, $"{r.Name}: handles", s => s.Handles), Series(r, $"{r.Name}: threads", s => s.Threads),
                Series(r, $"{r.Name}: temporary files", s => s.Temporary),
            ]),
        ]);

        void Save(string name, string title, string label, LineSeries[] series) => new LinePlot
        {
            Title = title,
            XLabel = "clips",
            YLabel = label,
            Series = series,
            YRange = (0, series.Max(s => s.Points.Max(p => p.Y)) * 1.1),
        }.Save(Path.Combine(folder, $"{name}.png"));
    }

    private static LineSeries Series(SoakRun run, string name, Func<ProcessSample, double> of) =>
        new(name, [.. run.Samples.Select(s => new LinePoint(s.Clips, of(s)))], SeriesStyle.Line);
}
