using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace SspNative.Cli.Plots;

/// <param name="Mean">The length of a bar.</param>
/// <param name="Spread">Half the length of its error bar, for example a standard deviation over seeds; 0 draws none.</param>
internal readonly record struct Measured(double Mean, double Spread = 0);

/// <param name="Name">In the legend.</param>
/// <param name="Values">One for every row.</param>
internal sealed record BarSeries(string Name, IReadOnlyList<Measured> Values);

/// <summary>A table as bars: rows from top to bottom, in each a bar a series, with mean ± spread written at its end. Bars begin at 0.</summary>
internal sealed class BarPlot
{
    private const double Thickness = 0.8;

    /// <summary>Free room right of the longest bar, for its number, relative to the bar.</summary>
    private const double RoomForNumbers = 0.22;

    private const int PixelsAroundBars = 130;
    private const int PixelsOfBar = 34;
    private const int PixelsBetweenRows = 14;

    public required string Title { get; init; }

    /// <summary>What the bars measure, with its unit.</summary>
    public required string ValueLabel { get; init; }

    /// <summary>Names of the rows.</summary>
    public required IReadOnlyList<string> Rows { get; init; }

    public required IReadOnlyList<BarSeries> Series { get; init; }

    /// <summary>Digits after the point of the numbers at the bars.</summary>
    public int Digits { get; init; } = 3;

    /// <summary>Draws the plot into a PNG file, the higher the more bars there are.</summary>
    /// <exception cref="ArgumentException">There is no bar, a series has not one value a row, or a value is not finite or below 0.</exception>
    public void Save(string path)
    {
        Check();
        Plot plot = PlotStyle.Create(Title, ValueLabel, "");
        double thickness = Thickness / Series.Count;
        for (int i = 0; i < Series.Count; i++)
            Draw(plot, i, thickness);
        plot.Axes.Left.TickGenerator = new NumericManual([.. Rows.Select((_, i) => -(double)i)], [.. Rows]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickGenerator = PlotStyle.Numbers();
        plot.Grid.YAxisStyle.IsVisible = false;
        double longest = Series.Max(s => s.Values.Max(v => v.Mean + v.Spread));
        plot.Axes.SetLimits(0, (longest > 0 ? longest : 1) * (1 + RoomForNumbers), 0.5 - Rows.Count, 0.5);
        if (Series.Count > 1)
            PlotStyle.ShowLegend(plot);
        PlotStyle.Save(plot, path, PixelsAroundBars + (Rows.Count * (PixelsBetweenRows + (PixelsOfBar * Series.Count))));
    }

    private void Draw(Plot plot, int index, double thickness)
    {
        Color color = PlotStyle.ColorOf(index);
        double offset = (Thickness - thickness) / 2 - (index * thickness);
        var bars = new List<Bar>();
        var errors = new List<(Measured Value, double Y)>();
        for (int row = 0; row < Rows.Count; row++)
        {
            Measured value = Series[index].Values[row];
            double y = offset - row;
            bars.Add(new Bar
            {
                Position = y,
                Value = value.Mean,
                Size = thickness * 0.9,
                FillColor = color.WithAlpha(0.75),
                LineWidth = 0,
                Orientation = Orientation.Horizontal,
            });
            if (value.Spread > 0)
                errors.Add((value, y));
            Text text = plot.Add.Text(Number(value), value.Mean + value.Spread, y);
            text.LabelFontName = InterFont.Name;
            text.LabelFontSize = 13;
            text.LabelAlignment = Alignment.MiddleLeft;
            text.OffsetX = 8;
        }
        plot.Add.Bars(bars).LegendText = Series[index].Name;
        double[] spreads = [.. errors.Select(e => e.Value.Spread)];
        plot.Add.Plottable(new ErrorBar([.. errors.Select(e => e.Value.Mean)], [.. errors.Select(e => e.Y)], spreads, spreads, null, null)
        {
            Color = PlotStyle.Ink,
            LineWidth = 1.5f,
            CapSize = 5,
        });
    }

    private string Number(Measured value)
    {
        string format = $"F{Digits}", mean = value.Mean.ToString(format, CultureInfo.InvariantCulture);
        return value.Spread > 0 ? $"{mean} ± {value.Spread.ToString(format, CultureInfo.InvariantCulture)}" : mean;
    }

    private void Check()
    {
        if (Rows.Count == 0 || Series.Count == 0)
            throw new ArgumentException($"the plot \"{Title}\" has no bars");
        foreach (BarSeries series in Series)
        {
            if (series.Values.Count != Rows.Count)
                throw new ArgumentException($"the plot \"{Title}\", series \"{series.Name}\": {series.Values.Count} values for {Rows.Count} rows");
            foreach (Measured v in series.Values)
                if (!double.IsFinite(v.Mean) || v.Mean < 0 || !double.IsFinite(v.Spread) || v.Spread < 0)
                    throw new ArgumentException($"the plot \"{Title}\", series \"{series.Name}\": a bar of {v.Mean} ± {v.Spread} cannot be drawn");
        }
    }
}
