using ScottPlot;
using ScottPlot.TickGenerators;
using SspNative.Cli.Terminal;
using SspNative.Engine.Storage;

namespace SspNative.Cli.Plots;

/// <summary>The look that all plots share.</summary>
internal static class PlotStyle
{
    public const int Width = 1000;
    public const int Height = 600;

    // Of the title's font, beside the axis that the title is centred over.
    private const int CharactersOfTitle = 75;

    /// <summary>Series, told apart also with the common colour blindnesses, and in grey by marker and dashes.</summary>
    private static readonly (Color Color, MarkerShape Marker, LinePattern Dashes)[] _series =
    [
        (Color.FromHex("#4477AA"), MarkerShape.FilledCircle, LinePattern.Solid),
        (Color.FromHex("#CC6677"), MarkerShape.FilledSquare, LinePattern.Dashed),
        (Color.FromHex("#228833"), MarkerShape.FilledTriangleUp, LinePattern.DenselyDashed),
        (Color.FromHex("#B8892B"), MarkerShape.FilledDiamond, LinePattern.Dotted),
        (Color.FromHex("#882255"), MarkerShape.FilledTriangleDown, LinePattern.Solid),
        (Color.FromHex("#44AAAA"), MarkerShape.OpenCircle, LinePattern.Dashed),
        (Color.FromHex("#333333"), MarkerShape.OpenSquare, LinePattern.DenselyDashed),
        (Color.FromHex("#AA4499"), MarkerShape.OpenTriangleUp, LinePattern.Dotted),
    ];

    private static readonly Color _grid = Color.FromHex("#E6E6E6");

    /// <summary>Text, axes and what is drawn over coloured areas.</summary>
    public static Color Ink { get; } = Color.FromHex("#333333");

    /// <summary>For what is in the background, such as the learning rate.</summary>
    public static Color Quiet { get; } = Color.FromHex("#999999");

    public static Color ColorOf(int series) => _series[series % _series.Length].Color;

    public static MarkerShape MarkerOf(int series) => _series[series % _series.Length].Marker;

    public static LinePattern DashesOf(int series) => _series[series % _series.Length].Dashes;

    /// <summary>An empty plot.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="x">What the lower axis shows, with its unit.</param>
    /// <param name="y">What the left axis shows, with its unit.</param>
    public static Plot Create(string title, string x, string y)
    {
        InterFont.Install();
        var plot = new Plot();
        plot.Font.Set(InterFont.Name);
        plot.FigureBackground.Color = Colors.White;
        plot.Axes.Color(Ink);
        plot.Axes.Title.Label.Text = string.Join('\n', WrappedText.Lines(title, CharactersOfTitle));
        plot.Axes.Title.Label.FontSize = 19;
        plot.Axes.Title.Label.ForeColor = Ink;
        Label(plot.Axes.Bottom, x);
        Label(plot.Axes.Left, y);
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = _grid;
        plot.Grid.MinorLineWidth = 0;
        plot.Legend.IsVisible = false;
        return plot;
    }

    /// <summary>Names an axis and gives it readable numbers.</summary>
    public static void Label(IAxis axis, string text)
    {
        axis.Label.Text = text;
        axis.Label.FontSize = 15;
        axis.Label.Bold = false;
        axis.TickLabelStyle.FontSize = 13;
        axis.TickLabelStyle.FontName = InterFont.Name;
        axis.MinorTickStyle.Length = 0;
    }

    /// <summary>Round numbers, not too many of them.</summary>
    /// <param name="whole">Whether only whole numbers have a meaning.</param>
    /// <param name="text">How a number is written; null writes it as short as can be read.</param>
    public static ITickGenerator Numbers(bool whole = false, Func<double, string>? text = null) => new NumericAutomatic
    {
        LabelFormatter = text ?? LogTicks.Text,
        IntegerTicksOnly = whole,
        TickDensity = 0.55,
    };

    /// <summary>Names the series beside the plot, where no curve is hidden.</summary>
    public static void ShowLegend(Plot plot)
    {
        plot.Legend.FontSize = 13;
        plot.Legend.FontColor = Ink;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.8);
        plot.Legend.SymbolWidth = 32;
        plot.ShowLegend(Edge.Right);
    }

    /// <summary>Writes a PNG file; its folder is made when there is none.</summary>
    public static void Save(Plot plot, string path, int height = Height)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        byte[] png = plot.GetImageBytes(Width, height, ImageFormat.Png);
        AtomicFile.Write(path, file => file.Write(png));
    }
}
