using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Examples;

/// <summary>
/// The worked example of a new operation: the page shows code that is compiled. That it computes what its entry says, and that it refuses what its entry
/// lists, <see cref="Operations.OpTests"/> and <see cref="Operations.OpErrorTests"/> hold, as of every operation.
/// </summary>
public sealed class SwiGluTests : DeviceTest
{
    private const string Folder = "tests/Examples/SwiGlu/";

    /// <summary>Its entry, where it can be computed: it has kernels for the processor alone.</summary>
    internal static IReadOnlyList<OpEntry> Entries => TestDevices.IsCpu ? SwiGlu.OpCatalogue.All : [];

    [Fact]
    public void ThePageShowsCodeThatIsCompiled()
    {
        string[] files = [.. Repository.Files("*.cs").Where(f => f.StartsWith(Folder, StringComparison.Ordinal)).Select(Read)];
        // The two lines of the catalogue of calls differ from those of another call by a name.
        string calls = Read("engine/Diagnostics/Calls/CallCatalogue.cs").Replace("<SoftmaxCall>", "<SwiGluCall>", StringComparison.Ordinal)
            .Replace("(SoftmaxCall)", "(SwiGluCall)", StringComparison.Ordinal);
        string[] blocks = [.. File.ReadAllText(Repository.Path("CONTRIBUTING.md")).Split("\n```csharp\n").Skip(1).Select(b => b.Split("\n```")[0])];
        Assert.Equal(7, blocks.Length);
        Assert.All(blocks.SkipLast(1), b => Assert.True(files.Any(f => f.Contains(Comparable(b), StringComparison.Ordinal)), $"no file of {Folder} has:\n{b}"));
        Assert.All(blocks[^1].Split('\n'), line => Assert.Contains(line, calls, StringComparison.Ordinal));
    }

    [Fact]
    public void ItIsMeasuredForwardAndBackward()
    {
        Benchmark benchmark = Assert.Single(SwiGlu.OpCatalogue.All.Single().Benchmarks);
        BenchCase[] cases = [.. benchmark.All];
        Assert.Equal([Pass.Forward, Pass.Backward], cases.Select(c => c.Pass));
        Assert.All(cases, c =>
        {
            using BenchRun run = benchmark.Prepare(c with { Sizes = new Dictionary<string, int> { ["count"] = 1000 } }, Best);
            Assert.InRange(run.Run(), 0, double.MaxValue);
        });
    }

    private static string Read(string file) => Comparable(File.ReadAllText(Repository.Path(file)));

    // Indentation and namespaces are other than in the product.
    private static string Comparable(string text) => string.Join(
        '\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => l.Trim())
            .Where(l => l.Length > 0 && !l.StartsWith("using ", StringComparison.Ordinal) && !l.StartsWith("namespace ", StringComparison.Ordinal)));
}
