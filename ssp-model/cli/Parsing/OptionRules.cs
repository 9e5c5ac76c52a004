using System.CommandLine;
using SspNative.Engine;
using SspNative.Model.Config;

namespace SspNative.Cli.Parsing;

/// <summary>Rules that options of several verbs keep.</summary>
internal static class OptionRules
{
    /// <summary>Lets an option be one of some names only.</summary>
    public static Option<string> OneOf(this Option<string> option, params string[] names)
    {
        option.CompletionSources.Add(names);
        option.Validators.Add(result =>
        {
            foreach (string given in result.Tokens.Select(t => t.Value).Where(t => !names.Contains(t)))
                result.AddError($"{option.Name} {given}: {Hint(given, names)}");
        });
        return option;
    }

    /// <summary>Whether the command line has an option, rather than its default.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>Refuses an option that is given where it would change nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option.</param>
    /// <param name="isUseless">Whether it would change nothing.</param>
    /// <param name="why">Why it would not.</param>
    /// <exception cref="InputException">It is given and useless.</exception>
    public static void RefuseUseless(this ParseResult parsed, Option option, bool isUseless, string why)
    {
        if (isUseless && parsed.IsGiven(option))
            throw new InputException($"{option.Name} has no effect here: {why}");
    }

    private static string Hint(string given, string[] names) =>
        $"it must be one of {string.Join(", ", names)}{(NearestName.Of(given, names) is { } nearest ? $"; did you mean {nearest}?" : "")}";
}
