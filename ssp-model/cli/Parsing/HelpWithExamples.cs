using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;
using SspNative.Cli.Terminal;

namespace SspNative.Cli.Parsing;

/// <summary>
/// The generated help, in lines that a terminal has room for, followed by the examples of the verb, or of all verbs for the command as a whole.
/// </summary>
internal sealed partial class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>Replaces the help of a command and its verbs. Without a verb, where one is needed, the help is what a command prints.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        var action = new HelpWithExamples((HelpAction)option.Action!);
        option.Action = action;
        foreach (Command group in root.Subcommands.Where(v => v.Subcommands.Count > 0).Prepend(root))
            group.SetAction(parsed => action.Invoke(parsed));
    }

    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        (command as Verb)?.BeforeHelp?.Invoke();
        TextWriter output = parseResult.InvocationConfiguration.Output;
        int width = Output.Width(output), exitCode;
        using var generated = new StringWriter();
        parseResult.InvocationConfiguration.Output = generated;
        try
        {
            help.MaxWidth = int.MaxValue;
            exitCode = help.Invoke(parseResult);
        }
        finally
        {
            parseResult.InvocationConfiguration.Output = output;
        }
        foreach (string line in generated.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').SelectMany(l => Wrap(l, width)))
            output.WriteLine(line);
        output.WriteLine();
        output.WriteLine("Examples:");
        IEnumerable<Verb> verbs = command is Verb verb ? [verb] : command.Subcommands.OfType<Verb>();
        foreach (string line in verbs.SelectMany(v => v.Examples).SelectMany(e => Continued(e, width)))
            output.WriteLine(line);
        return exitCode;
    }

    // A title, a paragraph, or a name with what is said of it.
    private static IEnumerable<string> Wrap(string line, int width)
    {
        if (TwoColumns().Match(line) is { Success: true } entry)
            return WrappedText.Entry(entry.Groups["indent"].Value, entry.Groups["name"].Value, entry.Groups["text"].Index, entry.Groups["text"].Value, width);
        string text = line.TrimStart(' '), indent = line[..^text.Length];
        return text.Length == 0 ? [""] : WrappedText.Lines(text, width - indent.Length).Select(l => indent + l);
    }

    // So that what is pasted is one command.
    private static IEnumerable<string> Continued(string example, int width)
    {
        const string indent = "  ", more = " \\";
        string[] lines = [.. WrappedText.Lines(example, width - (2 * indent.Length), cutsWords: false)];
        if (lines.Length > 1)
            lines = [.. WrappedText.Lines(example, width - (2 * indent.Length) - more.Length, cutsWords: false)];
        return lines.Select((line, i) => $"{indent}{(i == 0 ? "" : indent)}{line}{(i == lines.Length - 1 ? "" : more)}");
    }

    [GeneratedRegex(@"^(?<indent> +)(?<name>\S.*?) {2,}(?<text>\S.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex TwoColumns();
}
