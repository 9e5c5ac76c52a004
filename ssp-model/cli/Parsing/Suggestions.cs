using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;

namespace SspNative.Cli.Parsing;

/// <summary>
/// <c>ssp [suggest] "ssp segment --o"</c>: what may stand in place of the last word of a command line, one a line; nothing where only the user knows.
/// <c>[suggest:N]</c> looks at the first N characters. Shells ask it (<c>ssp completion</c>).
/// </summary>
internal sealed class Suggestions : SynchronousCommandLineAction
{
    private readonly RootCommand _root;
    private readonly SuggestDirective _directive;

    private Suggestions(RootCommand root, SuggestDirective directive) => (_root, _directive) = (root, directive);

    /// <summary>Replaces the suggestions of a command.</summary>
    public static void Install(RootCommand root)
    {
        SuggestDirective directive = root.Directives.OfType<SuggestDirective>().Single();
        directive.Action = new Suggestions(root, directive);
    }

    public override int Invoke(ParseResult parseResult)
    {
        string line = parseResult.Tokens.LastOrDefault(t => t.Type != TokenType.Directive)?.Value ?? "";
        if (parseResult.GetResult(_directive)!.Values.LastOrDefault() is { } given)
        {
            if (!int.TryParse(given, out int position) || position < 0)
                throw new InputException($"[suggest:{given}]: not the number of characters before the cursor");
            line = line[..Math.Min(position, line.Length)];
        }
        foreach (string suggestion in Of(line))
            parseResult.InvocationConfiguration.Output.WriteLine(suggestion);
        return ExitCodes.Success;
    }

    // Options are offered to whoever began one. A value behind = is suggested like one behind a space.
    private IEnumerable<string> Of(string line)
    {
        int begin = line.LastIndexOfAny([' ', '\t']) + 1;
        string before = WithoutProgram(line[..begin]), word = line[begin..];
        if (word.StartsWith("--", StringComparison.Ordinal) && word.IndexOf('=', StringComparison.Ordinal) is var sign and > 2)
        {
            string option = word[..sign];
            return Labels($"{before}{option} ", word[(sign + 1)..]).Select(value => $"{option}={value}");
        }
        return Labels(before, word);
    }

    // One-letter aliases of the help, true and false for a switch, and words that have what was typed in their middle are noise.
    // Behind a word that nobody knows nothing fits.
    private IEnumerable<string> Labels(string before, string word) => _root.Parse(before).UnmatchedTokens.Count > 0
        ? []
        : _root.Parse(before + word).GetCompletions(before.Length + word.Length).Select(c => c.Label).Where(
            l => l.StartsWith(word, StringComparison.Ordinal) && l.StartsWith("--", StringComparison.Ordinal) == word.StartsWith('-')
                && l is not ("-?" or "-h" or "/?" or "/h" or "True" or "False"));

    private static string WithoutProgram(string line)
    {
        string trimmed = line.TrimStart();
        int end = trimmed.IndexOfAny([' ', '\t']);
        return end < 0 ? "" : trimmed[end..].TrimStart();
    }
}
