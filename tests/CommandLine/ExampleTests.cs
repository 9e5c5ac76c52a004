using System.CommandLine;
using System.CommandLine.Parsing;
using SspNative.Cli;
using SspNative.Cli.Parsing;
using SspNative.Tests.Architecture;
using Xunit;

namespace SspNative.Tests.CommandLine;

/// <summary>The examples of the help and of the pages are command lines that work, with files that exist or that plainly stand for a user's own.</summary>
public class ExampleTests
{
    // What a user has, or made by the command before.
    private static readonly HashSet<string> _placeholders =
    [
        "clip.mp4", "published/", "calls.json", "clip/", "prompts.json", "vocab.txt", "trace.json", "verify.json", "model.safetensors",
        "semantic.safetensors", "binary.safetensors", "aavs.safetensors", "sight.safetensors", "pytorch_model.bin", "ssp-s4.safetensors",
        "clip=clip-vit-b16.safetensors", "vggish=vggish.safetensors",
        "optical-flow-perceiver.safetensors", "run/best.safetensors", "binary/best.safetensors", "semantic/best.safetensors",
    ];

    private static readonly string[] _pages = [.. Repository.Files("*.md").Where(f => f == "README.md" || f.StartsWith("docs/", StringComparison.Ordinal))];

    private static readonly string[] _fileEndings = [".json", ".safetensors", ".mp4", ".txt", ".wav", ".csv", "/"];

    public static TheoryData<string> Examples =>
        [.. Verbs(SspCommandLine.CreateRoot()).SelectMany(v => v.Examples).Concat(_pages.SelectMany(OfPage)).Distinct()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void EveryExampleIsACommandLine(string example)
    {
        string[] args = [.. CommandLineParser.SplitCommandLine(example).SkipWhile(a => a != "ssp").Skip(1).TakeWhile(a => a != ">")];
        ParseResult parsed = SspCommandLine.CreateRoot().Parse(args);
        Assert.Null(ParseErrors.Describe(parsed));
        Assert.IsType<Verb>(parsed.CommandResult.Command);
        Assert.All(
            args.Where(a => _fileEndings.Any(e => a.EndsWith(e, StringComparison.Ordinal)) || File.Exists(Repository.Path(a))),
            a => Assert.True(_placeholders.Contains(a) || Path.Exists(Repository.Path(a)), $"{a} is neither in the repository nor a placeholder"));
    }

    [Fact]
    public void EveryVerbHasAnExample() => Assert.All(Verbs(SspCommandLine.CreateRoot()), v => Assert.NotEmpty(v.Examples));

    private static IEnumerable<Verb> Verbs(Command command) => command.Subcommands.SelectMany(Verbs).Concat(command is Verb verb ? [verb] : []);

    /// <summary>The command lines of a page, as <c>ssp VERB …</c>.</summary>
    internal static IEnumerable<string> OfPage(string page)
    {
        const string build = "dotnet run -c Release --project ssp-model/cli -- ";
        string text = File.ReadAllText(Repository.Path(page)).ReplaceLineEndings("\n").Replace("\\\n", " ", StringComparison.Ordinal);
        return text.Split("\n```").Where((_, i) => i % 2 == 1).SelectMany(block => block.Split('\n'))
            .Select(l => l.StartsWith(build, StringComparison.Ordinal) ? $"ssp {l[build.Length..]}" : l)
            .Where(l => l.StartsWith("ssp ", StringComparison.Ordinal));
    }
}
