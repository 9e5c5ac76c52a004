using System.Text.RegularExpressions;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>Rules that every source file keeps.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 600;

    [Fact]
    public void NoFileIsTooLong() => Assert.All(
        Repository.Files("*.cs"),
        f => Assert.True(File.ReadLines(Repository.Path(f)).Count() <= MostLines, $"{f} has more than {MostLines} lines"));

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

    // Folders of one machine, and hosts of package registries.
    [GeneratedRegex(
        @"(?<![\w.~-])/(?:work|home|root|Users)/\w|[A-Z]:\\Users\\|\bapi\.nuget\b|\bpypi\b|\bnpmjs\b|\bcrates\.io\b|\bartifactory\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex MachineOrRegistry();

    // The brackets keep the pattern from matching itself.
    [GeneratedRegex(@"\b(?:TOD[O]|FIXM[E])\b|^\s*#[r]egion", RegexOptions.Multiline)]
    private static partial Regex LeftForLater();
}
