using System.Text;
using Spectre.Console;
using SspNative.Cli.Terminal;
using Xunit;

namespace SspNative.Tests.CommandLine.Terminal;

/// <summary>What reaches a terminal, and what does not.</summary>
public class OutputTests
{
    private const string Hostile = "a\u001b[2J\u0007b\u009bc\u202ed\u2066f\u007fg";

    [Fact]
    public void MoreHoursThanADayHasAreHours() => Assert.Equal("30:05:09", Output.Hours(new TimeSpan(1, 6, 5, 9)));

    [Fact]
    public void NoControlCharacterOfATextIsWritten()
    {
        var output = new StringWriter();
        IAnsiConsole console = Output.Lines(output);
        console.MarkupLineInterpolated($"[red]{Hostile}[/]");
        console.Write(new Table().AddColumn(Markup.Escape(Hostile)));
        console.Write(new Panel(new Text(Hostile)));
        string written = output.ToString();
        Assert.DoesNotContain(written, c => PlainText.Of($"{c}") != $"{c}" && c is not ('\n' or '\r'));
        Assert.StartsWith("a\uFFFD[2J\uFFFDb\uFFFDc\uFFFDd\uFFFDf\uFFFDg", written);
    }

    [Fact]
    public void AScreenKeepsItsOwnSequencesOnly()
    {
        var terminal = new Terminal();
        IAnsiConsole console = Output.Create(terminal, AnsiSupport.Yes, InteractionSupport.Yes);
        console.MarkupLineInterpolated($"[red]{Hostile}[/]");
        console.Cursor.Show();
        string written = terminal.Text;
        Assert.Contains("\u001b[?25h", written);
        Assert.DoesNotContain("\u001b[2J", written);
        Assert.Contains("\uFFFD[2J", written);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(120)]
    public void ATableThatATerminalIsTooNarrowForIsAListOfItsRows(int width)
    {
        var terminal = new Terminal { Width = width };
        Table table = new Table().Title("Sizes");
        foreach (string title in (string[])["Module", "One run", "Parameters", "Activations"])
            table.AddColumn(title);
        table.AddRow("Visual-textual alignment", "frame, 32 tokens", "138.2 M", "46.5 MB").AddRow("All", "", "450.8 M", "");
        Output.Lines(Output.Create(terminal, AnsiSupport.No), width).Write(table);
        string[] lines = [.. terminal.Text.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0)];
        Assert.All(lines, l => Assert.InRange(l.Length, 1, width));
        if (width == 40)
            Assert.Equal(
                [
                    "Sizes", "Module        Visual-textual alignment", "One run       frame, 32 tokens", "Parameters    138.2 M",
                    "Activations   46.5 MB", "Module        All", "Parameters    450.8 M",
                ],
                lines);
        else
            Assert.Contains("46.5 MB", Assert.Single(lines, l => l.Contains("Visual")));
    }

    [Fact]
    public void OrdinaryTextIsAsItWas()
    {
        const string text = "Größe 640×480, 猫, 🎸 [red] – ½";
        Assert.Same(text, PlainText.Of(text));
        Assert.Equal(text, PlainText.OneLine(text));
    }

    [Fact]
    public void ACutLineHasNoHalfCharacters()
    {
        for (int shift = 0; shift < 2; shift++)
        {
            string line = PlainText.OneLine(new string('x', shift) + string.Concat(Enumerable.Repeat("🎸", 2000)));
            Assert.InRange(line.Length, PlainText.LongestLine - 2, PlainText.LongestLine);
            Assert.Equal(line, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)));
        }
    }

    [Theory]
    [InlineData(1, "1 mask")]
    [InlineData(0, "0 masks")]
    [InlineData(5, "5 masks")]
    public void NumbersOfThings(int number, string words) => Assert.Equal(words, Output.Count(number, "mask"));

    [Fact]
    public void AFinishedRowStopsCounting()
    {
        var terminal = new Terminal();
        ProgressBars.Show(Output.Create(terminal, AnsiSupport.Yes, InteractionSupport.Yes), CancellationToken.None, progress =>
        {
            progress("first", 0, 2);
            progress("first", 2, 2);
            progress("second", 0, 2);
            Thread.Sleep(2500);
            progress("second", 2, 2);
            return true;
        });
        Assert.True(Elapsed(terminal.Text, "first") < Elapsed(terminal.Text, "second"), terminal.Text);
    }

    [Fact]
    public void TheTimeLeftIsThatOfTheStepsLeft()
    {
        var terminal = new Terminal();
        ProgressBars.Show(Output.Create(terminal, AnsiSupport.Yes, InteractionSupport.Yes), CancellationToken.None, progress =>
        {
            progress("stage", 0, 10);
            Thread.Sleep(600);
            progress("stage", 1, 10);
            Thread.Sleep(600);
            progress("stage", 10, 10);
            return true;
        });
        Assert.Contains("00:00:05 left", terminal.Text);
    }

    [Fact]
    public void WithoutATerminalThereIsNoProgress()
    {
        var output = new StringWriter();
        Assert.Null(Output.Screen(output));
        Assert.Equal(3, ProgressBars.Show(null, CancellationToken.None, progress =>
        {
            progress("stage", 1, 2);
            return 3;
        }));
        Output.ShowCursor(output);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void WorkThatReportsHearsThatItIsToStop()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        foreach (IAnsiConsole? screen in (IAnsiConsole?[])[null, Output.Create(new Terminal(), AnsiSupport.Yes, InteractionSupport.Yes)])
            Assert.Throws<OperationCanceledException>(() => ProgressBars.Show(screen, stop.Token, progress =>
            {
                progress("stage", 1, 2);
                return 3;
            }));
    }

    // The last time that a row shows.
    private static TimeSpan Elapsed(string text, string row)
    {
        string line = text[text.LastIndexOf(row, StringComparison.Ordinal)..].Split('\n')[0];
        int colon = line.IndexOf(':');
        return TimeSpan.Parse(line.AsSpan(colon - 2, 8), System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class Terminal : IAnsiConsoleOutput
    {
        private readonly StringWriter _writer = new();

        public string Text => _writer.ToString();

        public TextWriter Writer => _writer;

        public bool IsTerminal => true;

        public int Width { get; init; } = 120;

        public int Height => 40;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
