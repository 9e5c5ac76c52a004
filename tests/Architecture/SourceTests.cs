using System.Text.RegularExpressions;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>Rules that every source file keeps.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 360, MostColumns = 160;

    [Fact]
    public void NoFileIsTooLong() => Assert.All(
        Repository.Files("*.cs"),
        f => Assert.True(File.ReadLines(Repository.Path(f)).Count() <= MostLines, $"{f} has more than {MostLines} lines"));

    [Fact]
    public void NoLineIsTooLong() => Assert.All(
        Repository.Files("*.cs"),
        f => Assert.All(File.ReadLines(Repository.Path(f)), (line, i) => Assert.True(line.Length <= MostColumns, $"{f}:{i + 1} has {line.Length} columns")));

    [Fact]
    public void NoFileDependsOnAMachine()
    {
        string[] files =
        [
            .. new[] { "*.cs", "*.csproj", "*.props", "*.targets", "*.json", "*.md", "*.config", "*.yml", "*.sln" }.SelectMany(Repository.Files),
        ];
        Assert.NotEmpty(files);
        Assert.All(files, f =>
        {
            Match match = MachineOrRegistry().Match(File.ReadAllText(Repository.Path(f)));
            Assert.False(match.Success, $"{f} names {match.Value}");
        });
    }

    [Fact]
    public void NothingIsLeftForLater() => Assert.All(
        Repository.Files("*.cs"),
        f =>
        {
            Match match = LeftForLater().Match(File.ReadAllText(Repository.Path(f)));
            Assert.False(match.Success, $"{f} contains {match.Value.Trim()}");
        });

    // A library's user has no command line. What is given to other programs, and HTML, has its file here.
    [Fact]
    public void LibrariesDoNotSpeakOfOptions()
    {
        string[] others = ["ssp-model/Media/SvgProgram.cs", "ssp-model/Results/ResultPage.cs", "engine/Distributed/MpiCollective.cs"];
        string[] libraries = ["engine/", "kernels/", "ssp-model/"];
        Assert.All(
            Repository.Files("*.cs")
                .Where(f => libraries.Any(l => f.StartsWith(l, StringComparison.Ordinal)) && !f.StartsWith("ssp-model/cli/", StringComparison.Ordinal))
                .Except(others),
            f => Assert.All(
                File.ReadLines(Repository.Path(f)).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)),
                line => Assert.False(OptionInText().IsMatch(line), $"{f} speaks of an option: {line.Trim()}")));
    }

    // Folders of one machine, and hosts of package registries.
    [GeneratedRegex(
        @"(?<![\w.~-])/(?:work|home|root|Users)/\w|[A-Z]:\\Users\\|\bapi\.nuget\b|\bpypi\b|\bnpmjs\b|\bcrates\.io\b|\bartifactory\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex MachineOrRegistry();

    [GeneratedRegex("\"[^\"]*--[a-z]")]
    private static partial Regex OptionInText();

    // The brackets keep the pattern from matching itself.
    [GeneratedRegex(@"\b(?:TOD[O]|FIXM[E])\b|^\s*#[r]egion", RegexOptions.Multiline)]
    private static partial Regex LeftForLater();
}
