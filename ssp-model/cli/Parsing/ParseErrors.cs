using System.CommandLine;
using System.CommandLine.Parsing;
using SspNative.Model.Config;

namespace SspNative.Cli.Parsing;

/// <summary>What is wrong with a command line, in words that name the option or verb and, where one is near, the one that was meant.</summary>
internal static class ParseErrors
{
    // In the names of values that are files or folders.
    private static readonly string[] _paths = ["DIR", "FILE", "RUN", "CLIP"];

    /// <summary>The errors of a command line; null where there is none.</summary>
    public static string? Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        // What follows a verb that there is not was meant for it.
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var verb, ..] && !verb.StartsWith('-'))
            return UnknownVerb(command, verb);
        string[] unknown = [.. UnknownOptions(parsed)];
        if (unknown.Length > 0)
            return string.Join("; ", unknown.Select(o => Unknown(command, o)));
        if (parsed.UnmatchedTokens.Count > 0)
            return $"{parsed.UnmatchedTokens[0]}: one argument too many for '{Path(command)}'";
        // As where a variable of the shell was not set.
        if (parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(o => IsPath(o.Option) && o.Tokens.Any(t => t.Value.Length == 0)) is { } empty)
            return $"{empty.Option.Name}: the name is empty";
        return parsed.Errors.Count > 0 ? string.Join("; ", parsed.Errors.Select(Describe).Distinct()) : null;
    }

    private static bool IsPath(Option option) => option.HelpName is { } name && _paths.Any(name.Contains);

    // What looks like an option and is none is taken for an argument by the parser. Behind "--" everything is an argument.
    private static IEnumerable<string> UnknownOptions(ParseResult parsed)
    {
        IEnumerable<string> given = parsed.UnmatchedTokens;
        if (!parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash))
            given = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens.Select(t => t.Value)).Concat(given);
        return given.Where(t => t.StartsWith("--", StringComparison.Ordinal) && t.Length > 2).Select(t => t.Split('=', ':')[0]).Distinct();
    }

    private static string Unknown(Command command, string option)
    {
        IEnumerable<Option> options = command.Options.Concat(Ancestors(command).SelectMany(a => a.Options).Where(o => o.Recursive));
        string hint = NearestName.Of(option, options.Where(o => !o.Hidden).Select(o => o.Name)) is { } nearest
            ? $"did you mean {nearest}?"
            : $"'{Path(command)} --help' lists what there is";
        return $"{Path(command)} has no option {option}; {hint}";
    }

    private static string UnknownVerb(Command command, string token)
    {
        string[] verbs = [.. command.Subcommands.Select(v => v.Name)];
        string hint = NearestName.Of(token, verbs) is { } nearest ? $"did you mean {nearest}?" : $"there are {string.Join(", ", verbs)}";
        return $"{Path(command)} has no verb {token}; {hint}";
    }

    private static string Describe(ParseError error)
    {
        OptionResult? option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        // The parser names a type of the program.
        if (option is { Tokens.Count: > 0 } && error.Message.Contains(option.Option.ValueType.ToString(), StringComparison.Ordinal))
            return $"{option.Option.Name} {option.Tokens[^1].Value}: it must be {Kind(option.Option.ValueType)}";
        return error.Message.TrimEnd('.');
    }

    private static string Kind(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 => "a whole number",
        TypeCode.UInt64 => "a whole number, 0 or above",
        TypeCode.Boolean => "true or false",
        _ => "a number",
    };

    /// <summary>How a command is called: <c>ssp data synth</c>.</summary>
    public static string Path(Command command) => string.Join(' ', Ancestors(command).Reverse().Append(command).Select(c => c is RootCommand ? "ssp" : c.Name));

    private static IEnumerable<Command> Ancestors(Command command)
    {
        for (Command? parent = command.Parents.OfType<Command>().FirstOrDefault(); parent is not null;
            parent = parent.Parents.OfType<Command>().FirstOrDefault())
            yield return parent;
    }
}
