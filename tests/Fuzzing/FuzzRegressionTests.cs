using SspNative.Cli.Terminal;
using SspNative.Tests.Architecture;
using Xunit;

namespace SspNative.Tests.Fuzzing;

/// <summary>What the fuzzers begin with, and what they once found, is read or refused in 2 s and 64 MB, by exit code 2.</summary>
public sealed class FuzzRegressionTests
{
    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void SeedsAreReadAndCrashersRefused(string name)
    {
        FuzzTarget target = FuzzTargets.Find(name);
        string[] seeds = Files("seeds", name), crashers = Files("crashers", name);
        Assert.NotEmpty(seeds);
        int read = 0;
        foreach (string file in (string[])[.. seeds, .. crashers])
        {
            Exception? refusal = target.Judge(File.ReadAllBytes(file));
            read += refusal is null ? 1 : 0;
            if (refusal is not null)
                Assert.Equal(ExitCodes.BadInput, Failures.Report(refusal, name, false, false, TextWriter.Null));
        }
        Assert.True(read > 0, $"none of the seeds of {name} can be read");
    }

    [Fact]
    public void EveryFolderIsOfATarget() => Assert.All(
        Directory.GetDirectories(Repository.Path("tests/fuzz/seeds")).Concat(Directory.GetDirectories(Repository.Path("tests/fuzz/crashers"))),
        folder => FuzzTargets.Find(Path.GetFileName(folder)));

    // TARGET | where it must be found | file | what stands there | what is planted
    [Fact]
    public void EveryBugToPlantHasItsPlace()
    {
        string[][] plants = [.. File.ReadLines(Repository.Path("tests/fuzz/planted.txt")).Where(l => !l.StartsWith('#')).Select(l => l.Split(" | "))];
        Assert.Equal(FuzzTargets.All.Select(t => t.Name).Order(), plants.Select(p => p[0]).Order());
        Assert.All(plants, p => Assert.True(
            File.ReadAllText(Repository.Path(p[2])).Split(p[3]).Length == 2, $"{p[0]}: {p[2]} does not have once: {p[3]}"));
    }

    private static string[] Files(string kind, string name) =>
        Repository.Path($"tests/fuzz/{kind}/{name}") is var folder && Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)]
            : [];
}
