using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace SspNative.Cli.Plots;

/// <summary>A point of a curve.</summary>
/// <param name="X">In units of the lower axis.</param>
/// <param name="Y">In units of the left axis.</param>
/// <param name="Spread">Half the length of the error bar, for example a standard deviation; 0 draws none.</param>
internal readonly record struct LinePoint(double X, double Y, double Spread = 0);

/// <summary>How a series is drawn.</summary>
internal enum SeriesStyle
{
    /// <summary>Markers joined by a line: a few measured values.</summary>
    LineAndMarkers,

    /// <summary>A line alone: a bound or a model.</summary>
    Line,

    /// <summary>Markers alone: measurements without an order.</summary>
    Markers,
}

/// <param name="Name">In the legend.</param>
/// <param name="Points">In the order in which a line joins them.</param>
/// <param name="Style">Markers, a line or both.</param>
internal sealed record LineSeries(string Name, IReadOnlyList<LinePoint> Points, SeriesStyle Style = SeriesStyle.LineAndMarkers);

/// <summary>Several curves with error bars over one quantity, or over named places.</summary>
internal sealed class LinePlot
{
    private const double Margin = 0.06;
    private const double SideStep = 0.06;

    public required string Title { get; init; }

    /// <summary>What the lower axis shows, with its unit.</summary>
    public required string XLabel { get; init; }

    /// <summary>What the left axis shows, with its unit.</summary>
    public required string YLabel { get; init; }

    public required IReadOnlyList<LineSeries> Series { get; init; }

    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>Names of the places x = 0, 1, … instead of numbers; null for numbers.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>Least and largest value of the left axis; null fits them to the points.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>Draws the plot into a PNG file.</summary>
    /// <exception cref="ArgumentException">
    /// There is no point, a number is not finite, or a logarithmic axis is to show one that is not above 0.
    /// </exception>
    public void Save(string path)
    {
        Check();
        Plot plot = PlotStyle.Create(Title, XLabel, YLabel);
        for (int i = 0; i < Series.Count; i++)
            Draw(plot, i);
        LinePoint[] all = [.. Series.SelectMany(s => s.Points)];
        (double left, double right) = Axis(plot.Axes.Bottom, all.Min(p => p.X), all.Max(p => p.X), LogX);
        if (Categories is not null)
        {
            // One word below the other: long names stand clear of their neighbours.
            plot.Axes.Bottom.TickGenerator = new NumericManual(
                [.. Categories.Select((_, i) => (double)i)], [.. Categories.Select(c => c.Replace("-", "-\n", StringComparison.Ordinal))]);
            (left, right) = (-0.5, Categories.Count - 0.5);
        }
        (double low, double high) = YRange ?? (all.Min(Lower), all.Max(p => p.Y + p.Spread));
        (double bottom, double top) = Axis(plot.Axes.Left, low, high, LogY);
        plot.Axes.SetLimits(left, right, YRange is null ? bottom : Place(low, LogY), YRange is null ? top : Place(high, LogY));
        if (Series.Count > 1)
            PlotStyle.ShowLegend(plot);
        PlotStyle.Save(plot, path);
    }

    private static double Place(double value, bool log) => log ? Math.Log10(value) : value;

    // An error bar that would reach 0 has no lower end on a logarithmic axis; a hundredth of the value stands for it.
    private double Lower(LinePoint point) => LogY ? Math.Max(point.Y - point.Spread, point.Y / 100) : point.Y - point.Spread;

    private static (double Low, double High) Axis(IAxis axis, double low, double high, bool log)
    {
        if (log)
            axis.TickGenerator = LogTicks.Between(low, high);
        else
            axis.TickGenerator = PlotStyle.Numbers();
        double from = Place(low, log), to = Place(high, log);
        double margin = to > from ? Margin * (to - from) : Math.Max(Math.Abs(to) * Margin, 0.1);
        return (from - margin, to + margin);
    }

    private void Draw(Plot plot, int index)
    {
        LineSeries series = Series[index];
        Color color = PlotStyle.ColorOf(index);
        // Over named places series stand side by side, so that no error bar hides another.
        double shift = Categories is null ? 0 : (index - ((Series.Count - 1) / 2.0)) * SideStep;
        double[] xs = [.. series.Points.Select(p => Place(p.X, LogX) + shift)], ys = [.. series.Points.Select(p => Place(p.Y, LogY))];
        Scatter line = plot.Add.Scatter(xs, ys, color);
        line.LegendText = series.Name;
        line.LineWidth = series.Style == SeriesStyle.Markers ? 0 : 2;
        line.LinePattern = PlotStyle.DashesOf(index);
        line.MarkerSize = series.Style == SeriesStyle.Line ? 0 : 9;
        line.MarkerShape = PlotStyle.MarkerOf(index);
        foreach (LinePoint point in series.Points.Where(p => p.Spread > 0))
        {
            double y = Place(point.Y, LogY);
            var bar = new ErrorBar(
                [Place(point.X, LogX) + shift], [y], null, null, [y - Place(Lower(point), LogY)], [Place(point.Y + point.Spread, LogY) - y]);
            plot.Add.Plottable(bar);
            bar.Color = color;
            bar.LineWidth = 1.5f;
            bar.CapSize = 5;
        }
    }

    private void Check()
    {
        if (!Series.Any(s => s.Points.Count > 0))
            throw new ArgumentException($"the plot \"{Title}\" has no points");
        foreach (LineSeries series in Series)
            foreach (LinePoint p in series.Points)
            {
                if (!double.IsFinite(p.X) || !double.IsFinite(p.Y) || !double.IsFinite(p.Spread) || p.Spread < 0)
                    throw new ArgumentException($"the plot \"{Title}\", series \"{series.Name}\": ({p.X}, {p.Y} ± {p.Spread}) cannot be drawn");
                if ((LogX && p.X <= 0) || (LogY && p.Y <= 0))
                    throw new ArgumentException(
                        $"the plot \"{Title}\", series \"{series.Name}\": ({p.X}, {p.Y}) is not above 0, as its logarithmic axis needs");
            }
    }
}
