using Spectre.Console;

namespace SspNative.Cli;

/// <summary>Coloured text for terminals, plain text for files and pipes.</summary>
internal static class Output
{
    /// <summary>A console that writes lines as they are, never wrapped, so that one result stays on one line.</summary>
    public static IAnsiConsole Lines(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        });
        console.Profile.Width = int.MaxValue;
        return console;
    }
}
