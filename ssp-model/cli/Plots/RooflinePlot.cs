using System.Globalization;
using System.Net;
using System.Text;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Plots;

/// <summary>
/// Kernels under the measured roof (Williams, Waterman and Patterson 2009): operations a second over operations a byte. The roof is the lower of the
/// peak of multiply-adds and intensity times bandwidth, for memory and for the caches.
/// </summary>
internal static class RooflinePlot
{
    private const int Width = 1100, Height = 640, Left = 80, Right = 30, Top = 50, Bottom = 60;
    private const int PointsOfLine = 60;

    private const string Picture = "roofline.png", Page = "roofline.html";

    /// <summary>What <see cref="Draw"/> writes.</summary>
    public static IReadOnlyList<string> Files => [Picture, Page];

    /// <summary>Draws <c>roofline.png</c> and <c>roofline.html</c>, in which the points tell their names.</summary>
    public static void Draw(BenchReport report, IRoof roof, string folder)
    {
        // What only moves numbers has no place under a roof.
        report = report with { Results = [.. report.Results.Where(r => r.Flops > 0)] };
        if (report.Results.Count == 0)
            return;
        List<LineSeries> series = Series(report, roof);
        new LinePlot
        {
            Title = "Kernels under the roof of this machine",
            XLabel = "FLOP a byte",
            YLabel = "GFLOP/s",
            Series = series,
            LogX = true,
            LogY = true,
        }.Save(Path.Combine(folder, Picture));
        File.WriteAllText(Path.Combine(folder, Page), Html(report, series, roof.Bandwidths.Count));
    }

    private static List<LineSeries> Series(BenchReport report, IRoof roof)
    {
        double low = report.Results.Min(Intensity) / 2, high = Math.Max(report.Results.Max(Intensity) * 2, 4 * roof.Flops / roof.Bandwidths[0].BytesPerSecond);
        LineSeries Bound(string name, double bandwidth) => new(
            name,
            [.. Enumerable.Range(0, PointsOfLine + 1).Select(i => low * Math.Pow(high / low, i / (double)PointsOfLine))
                .Select(x => new LinePoint(x, Math.Min(roof.Flops, x * bandwidth) / 1e9))],
            SeriesStyle.Line);
        List<LineSeries> series =
        [
            .. roof.Bandwidths.Select(b => Bound($"roof, {b.Store}", b.BytesPerSecond)),
            new("engine", [.. report.Results.Select(r => new LinePoint(Intensity(r), r.Flops / r.Ours.Seconds / 1e9))], SeriesStyle.Markers),
        ];
        if (report.Results.Any(r => r.Peer is not null))
            series.Add(new LineSeries(
                report.Peer ?? "peer",
                [.. report.Results.Where(r => r.Peer is not null).Select(r => new LinePoint(Intensity(r), r.Flops / r.Peer!.Seconds / 1e9))],
                SeriesStyle.Markers));
        return series;
    }

    private static double Intensity(BenchResult r) => r.Flops / r.Bytes;

    private static string Html(BenchReport report, List<LineSeries> series, int bounds)
    {
        LinePoint[] all = [.. series.SelectMany(s => s.Points)];
        (double x0, double x1) = (Math.Log10(all.Min(p => p.X)), Math.Log10(all.Max(p => p.X)));
        (double y0, double y1) = (Math.Log10(all.Min(p => p.Y)) - 0.1, Math.Log10(all.Max(p => p.Y)) + 0.1);
        string X(double v) => Number(Left + ((Math.Log10(v) - x0) / (x1 - x0) * (Width - Left - Right)));
        string Y(double v) => Number(Height - Bottom - ((Math.Log10(v) - y0) / (y1 - y0) * (Height - Top - Bottom)));
        var html = new StringBuilder();
        html.AppendLine("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Roofline</title>");
        html.AppendLine("<style>body{font-family:sans-serif;color:#333;margin:2em}circle:hover{stroke:#333;stroke-width:2}</style></head><body>");
        html.AppendLine($"<h1>Kernels under the roof of this machine</h1><p>{Text(report.Device)}. Rest on a point to see what it is.</p>");
        html.AppendLine($"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" font-size=\"13\" fill=\"#333\">");
        for (int power = (int)Math.Ceiling(x0); power <= x1; power++)
            html.AppendLine($"<line x1=\"{X(Math.Pow(10, power))}\" x2=\"{X(Math.Pow(10, power))}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"#e6e6e6\"/>"
                + $"<text x=\"{X(Math.Pow(10, power))}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{LogTicks.Text(Math.Pow(10, power))}</text>");
        for (int power = (int)Math.Ceiling(y0); power <= y1; power++)
            html.AppendLine($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(Math.Pow(10, power))}\" y2=\"{Y(Math.Pow(10, power))}\" stroke=\"#e6e6e6\"/>"
                + $"<text x=\"{Left - 8}\" y=\"{Y(Math.Pow(10, power))}\" text-anchor=\"end\">{LogTicks.Text(Math.Pow(10, power))}</text>");
        html.AppendLine($"<text x=\"{Width / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">FLOP a byte</text><text x=\"12\" y=\"{Top - 14}\">GFLOP/s</text>");
        for (int i = 0; i < series.Count; i++)
        {
            string color = PlotStyle.ColorOf(i).ToHex();
            html.AppendLine($"<text x=\"{Left + 90 + (190 * i)}\" y=\"{Top - 14}\" fill=\"{color}\">{Text(series[i].Name)}</text>");
            if (series[i].Style == SeriesStyle.Line)
                html.AppendLine(
                    $"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" "
                    + $"points=\"{string.Join(" ", series[i].Points.Select(p => $"{X(p.X)},{Y(p.Y)}"))}\"/>");
        }
        foreach (BenchResult r in report.Results)
        {
            html.AppendLine(Point(r, "engine", r.Ours, PlotStyle.ColorOf(bounds).ToHex(), X, Y));
            if (r.Peer is { } peer)
                html.AppendLine(Point(r, report.Peer ?? "peer", peer, PlotStyle.ColorOf(bounds + 1).ToHex(), X, Y));
        }
        return html.AppendLine("</svg></body></html>").ToString();
    }

    private static string Point(BenchResult r, string who, Timing timing, string color, Func<double, string> x, Func<double, string> y)
    {
        double rate = r.Flops / timing.Seconds / 1e9;
        string tip = $"{r.Case.Name}, {who}: {Number(timing.Seconds * 1e3)} ms, {Number(rate)} GFLOP/s, bound by {r.Bound}";
        return $"<circle cx=\"{x(Intensity(r))}\" cy=\"{y(rate)}\" r=\"5\" fill=\"{color}\" fill-opacity=\"0.8\"><title>{Text(tip)}</title></circle>";
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
