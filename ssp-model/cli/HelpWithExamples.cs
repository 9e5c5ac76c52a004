using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SspNative.Cli;

/// <summary>A verb whose help ends with examples.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Completes descriptions that take time to put together. Other invocations do without.</summary>
    public Action? BeforeHelp { get; set; }
}

/// <summary>The generated help followed by the examples of the verb, or of all verbs for the command as a whole.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
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
        int exitCode = help.Invoke(parseResult);
        IEnumerable<Verb> verbs = command is Verb verb ? [verb] : command.Subcommands.OfType<Verb>();
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in verbs.SelectMany(v => v.Examples))
            output.WriteLine($"  {example}");
        return exitCode;
    }
}
