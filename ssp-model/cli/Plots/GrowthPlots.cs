using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Plots;

/// <summary>Growth curves as pictures: time beside what it would be if it grew as the arithmetic does, and memory.</summary>
internal static class GrowthPlots
{
    /// <summary>Draws <c>growth-NAME-time.png</c> and <c>growth-NAME-memory.png</c> of every curve.</summary>
    public static void Draw(IReadOnlyList<GrowthCurve> curves, string folder)
    {
        foreach (GrowthCurve curve in curves)
        {
            GrowthPoint first = curve.Points[0];
            Save(curve, "time", "milliseconds", folder,
                new LineSeries("measured", [.. curve.Points.Select(p => new LinePoint(p.Size, p.Seconds * 1e3))]),
                new LineSeries(
                    "as the arithmetic grows", [.. curve.Points.Select(p => new LinePoint(p.Size, first.Seconds * 1e3 * p.Flops / first.Flops))],
                    SeriesStyle.Line));
            Save(curve, "memory", "peak of tensors in MB", folder,
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
    }.Save(Path.Combine(folder, $"growth-{curve.Name}-{what}.png"));
}
