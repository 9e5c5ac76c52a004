using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Plots;

/// <summary>Growth curves as pictures: time beside what it would be if it grew as the arithmetic does, and memory.</summary>
internal static class GrowthPlots
{
    private const string Time = "time", Memory = "memory";

    /// <summary>What <see cref="Draw"/> writes for curves of some names.</summary>
    public static IEnumerable<string> Files(IEnumerable<string> names) => names.SelectMany(n => new[] { FileName(n, Time), FileName(n, Memory) });

    /// <summary>Draws <c>growth-NAME-time.png</c> and <c>growth-NAME-memory.png</c> of every curve.</summary>
    public static void Draw(IReadOnlyList<GrowthCurve> curves, string folder)
    {
        foreach (GrowthCurve curve in curves)
        {
            GrowthPoint first = curve.Points[0];
            Save(curve, Time, "milliseconds", folder,
                new LineSeries("measured", [.. curve.Points.Select(p => new LinePoint(p.Size, p.Seconds * 1e3))]),
                new LineSeries(
                    "as the arithmetic grows", [.. curve.Points.Select(p => new LinePoint(p.Size, first.Seconds * 1e3 * p.Flops / first.Flops))],
                    SeriesStyle.Line));
            Save(curve, Memory, "peak of tensors in MB", folder,
                new LineSeries("measured", [.. curve.Points.Select(p => new LinePoint(p.Size, p.PeakBytes / 1048576.0))]));
        }
    }

    private static void Save(GrowthCurve curve, string what, string label, string folder, params LineSeries[] series) => new LinePlot
    {
        Title = $"{curve.Title}: {what}",
        XLabel = curve.Unit,
        YLabel = label,
        Series = series,
        LogX = true,
        LogY = true,
    }.Save(Path.Combine(folder, FileName(curve.Name, what)));

    private static string FileName(string curve, string what) => $"growth-{curve}-{what}.png";
}
