using SkiaSharp;
using SspNative.Cli.Plots;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Plots;

/// <summary>Tables become pictures that show them.</summary>
public sealed class PlotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TextIsDrawnWithoutFontsOfTheMachine()
    {
        string named = Save(Lines(), "named.png"), bare = Save(Lines(title: ""), "bare.png");
        (int X, int Y, int Right, int Bottom) titleArea = (PlotStyle.Width / 4, 5, PlotStyle.Width * 3 / 4, 35);
        Assert.InRange(Dark(named, titleArea), 100, 5000);
        Assert.Equal(0, Dark(bare, titleArea));
        Assert.True(Dark(named, (0, PlotStyle.Height - 30, PlotStyle.Width, PlotStyle.Height)) > 20, "the label of the lower axis is missing");
    }

    [Fact]
    public void TheTypefaceHasTheLettersOfTheTables()
    {
        using SKTypeface typeface = new InterFont().CreateTypeface(InterFont.Name, bold: false, italic: false)!;
        Assert.Equal("Inter", typeface.FamilyName);
        using var font = new SKFont(typeface);
        Assert.True(font.ContainsGlyphs("mIoU 0.5 ± 0.1, λ′ τ µs → ×"));
        Assert.Null(new InterFont().CreateTypeface("Other", bold: false, italic: false));
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0)]
    public void BarsAreAsLongAsTheirValues(double spread)
    {
        string path = Save(Bars([new(0.8, spread), new(0.2, spread)]), "bars.png");
        SKColor bar = BarColor(path);
        int[] counts = Rows(path, bar);
        int half = counts.Length / 2;
        double longer = counts[..half].Max(), shorter = counts[half..].Max();
        Assert.InRange(longer / shorter, 3.8, 4.2);
    }

    [Fact]
    public void ErrorBarsAreDrawn()
    {
        int without = Dark(Save(Bars([new(0.5), new(0.4)]), "without.png"), Inside);
        int with = Dark(Save(Bars([new(0.5, 0.1), new(0.4, 0.1)]), "with.png"), Inside);
        Assert.True(with > without + 50, $"{with} dark pixels with error bars, {without} without");
        string flat = Save(Lines(), "flat.png"), spread = Save(Lines(spread: 0.05), "spread.png");
        Assert.True(Coloured(spread) > Coloured(flat) + 50);
    }

    [Fact]
    public void ALogarithmicAxisRefusesZero()
    {
        LinePlot plot = Lines(logX: true, first: 0);
        ArgumentException e = Assert.Throws<ArgumentException>(() => plot.Save(_folder["no.png"]));
        Assert.Contains("logarithmic", e.Message);
        Assert.False(File.Exists(_folder["no.png"]));
    }

    [Fact]
    public void WhatCannotBeDrawnIsRefused()
    {
        Assert.Contains("2 rows", Assert.Throws<ArgumentException>(() => Bars([new(1)]).Save(_folder["no.png"])).Message);
        Assert.Throws<ArgumentException>(() => Bars([new(double.NaN), new(1)]).Save(_folder["no.png"]));
        Assert.Throws<ArgumentException>(() => new LinePlot { Title = "t", XLabel = "x", YLabel = "y", Series = [] }.Save(_folder["no.png"]));
    }

    [Theory]
    [InlineData(0.0004, "4e-4")]
    [InlineData(0.05, "0.05")]
    [InlineData(0, "0")]
    [InlineData(20000, "20000")]
    [InlineData(250000, "2.5e5")]
    public void NumbersAreShort(double value, string text) => Assert.Equal(text, LogTicks.Text(value));

    private static (int X, int Y, int Right, int Bottom) Inside => (150, 45, 900, 170);

    private static BarPlot Bars(Measured[] values) =>
        new() { Title = "Bars", ValueLabel = "score (0 to 1)", Rows = ["with", "without"], Series = [new("mIoU", values)] };

    private static LinePlot Lines(string title = "Sweep of λ′", bool logX = false, double first = 1, double spread = 0) => new()
    {
        Title = title,
        XLabel = "weight λ′",
        YLabel = "mIoU",
        LogX = logX,
        Series =
        [
            new("attention", [new(first, 0.4, spread), new(10, 0.5, spread), new(100, 0.45, spread)]),
            new("VTA", [new(first, 0.5, spread), new(10, 0.6, spread), new(100, 0.55, spread)]),
        ],
    };

    private string Save(LinePlot plot, string name)
    {
        plot.Save(_folder[name]);
        return _folder[name];
    }

    private string Save(BarPlot plot, string name)
    {
        plot.Save(_folder[name]);
        return _folder[name];
    }

    private static int Dark(string path, (int X, int Y, int Right, int Bottom) area)
    {
        using SKBitmap picture = SKBitmap.Decode(path);
        int count = 0;
        for (int y = area.Y; y < Math.Min(area.Bottom, picture.Height); y++)
            for (int x = area.X; x < area.Right; x++)
                if (picture.GetPixel(x, y) is { Red: < 110, Green: < 110, Blue: < 110 })
                    count++;
        return count;
    }

    private static int Coloured(string path)
    {
        using SKBitmap picture = SKBitmap.Decode(path);
        return picture.Pixels.Count(p => Math.Abs(p.Red - p.Blue) > 40);
    }

    private static SKColor BarColor(string path)
    {
        using SKBitmap picture = SKBitmap.Decode(path);
        return picture.Pixels.Where(p => Math.Abs(p.Red - p.Blue) > 40).GroupBy(p => p).MaxBy(g => g.Count())!.Key;
    }

    // Pixels of a colour in each row.
    private static int[] Rows(string path, SKColor color)
    {
        using SKBitmap picture = SKBitmap.Decode(path);
        return [.. picture.Pixels.Chunk(picture.Width).Select(row => row.Count(p => p == color))];
    }
}
