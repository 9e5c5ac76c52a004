using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SspNative.Cli.Terminal;

/// <summary>
/// Coloured text for terminals, plain text for files and pipes. Whatever is written through it is free of control characters
/// (<see cref="PlainText"/>), wherever it came from: only the escape sequences of the console's own colours and cursor remain.
/// </summary>
internal static class Output
{
    private const string WidthVariable = "COLUMNS";

    /// <summary>The narrowest terminal that text is wrapped for, in characters.</summary>
    private const int Narrowest = 20;

    /// <summary>A console that writes lines as they are, never wrapped, so that one result stays on one line.</summary>
    public static IAnsiConsole Lines(TextWriter writer) => Lines(Create(writer), Width(writer));

    /// <summary>Writes remarks on the work, broken between words where a line has an end.</summary>
    public static void Notes(TextWriter error, IEnumerable<string> notes)
    {
        IAnsiConsole console = Lines(error);
        foreach (string line in notes.SelectMany(n => WrappedText.Lines(n, Width(error))))
            console.MarkupLineInterpolated($"[yellow]{line}[/]");
    }

    /// <summary>A time as hours, minutes and seconds: 30:05:00.</summary>
    public static string Hours(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}");

    /// <summary>How many characters fit in a line: as many as COLUMNS says, else as the terminal has. Files and pipes take lines of any length.</summary>
    public static int Width(TextWriter writer) => Width(new AnsiConsoleOutput(writer), Environment.GetEnvironmentVariable(WidthVariable));

    /// <param name="output">What is written to.</param>
    /// <param name="columns">What the environment says; null: nothing.</param>
    internal static int Width(IAnsiConsoleOutput output, string? columns) =>
        int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given > 0 ? Math.Max(given, Narrowest)
        : output.IsTerminal ? Math.Max(output.Width, Narrowest)
        : int.MaxValue;

    /// <param name="console">The console.</param>
    /// <param name="width">How many characters fit in a line.</param>
    internal static IAnsiConsole Lines(IAnsiConsole console, int width)
    {
        if (width < int.MaxValue)
            console.Pipeline.Attach(new NarrowTables(width));
        console.Profile.Width = int.MaxValue;
        return console;
    }

    /// <summary>A console that draws anew what it drew before; null where the writer is no terminal or cannot move its cursor.</summary>
    public static IAnsiConsole? Screen(TextWriter writer)
    {
        IAnsiConsole console = Create(writer);
        return console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi ? console : null;
    }

    /// <summary>Shows the cursor, which a screen may have hidden.</summary>
    public static void ShowCursor(TextWriter writer) => Screen(writer)?.Cursor.Show();

    /// <summary>A number of things: <c>1 mask</c>, <c>5 masks</c>.</summary>
    /// <param name="number">How many.</param>
    /// <param name="thing">One of them; several end in s.</param>
    public static string Count(int number, string thing) => $"{number} {thing}{(number == 1 ? "" : "s")}";

    /// <summary>A console on a writer that its owner describes.</summary>
    internal static IAnsiConsole Create(IAnsiConsoleOutput output, AnsiSupport ansi, InteractionSupport interactive = InteractionSupport.Detect)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output, Ansi = ansi, Interactive = interactive });
        console.Pipeline.Attach(new PlainTextHook());
        return console;
    }

    private static IAnsiConsole Create(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        return Create(output, output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No);
    }

    private sealed class PlainTextHook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
            renderables.Select(r => new PlainRenderable(r));
    }

    private sealed class PlainRenderable(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth).Select(Plain);

        private static Segment Plain(Segment segment)
        {
            if (segment.IsControlCode || segment.IsLineBreak)
                return segment;
            string text = PlainText.Of(segment.Text);
            return text == segment.Text ? segment : new Segment(text, segment.Style, segment.Link);
        }
    }
}
