using System.CommandLine.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine;

/// <summary>What the first page promises a newcomer.</summary>
public sealed class ReadmeTests : IDisposable
{
    private const int MostLines = 120;

    private static readonly string[] _lines = File.ReadAllLines(Repository.Path("README.md"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void TheFirstCommandWritesWhatThePageShows()
    {
        Skip.IfNot(Programs.HasFfmpeg, "its video is written by ffmpeg, which is not on the path");
        string[] args =
        [
            .. CommandLineParser.SplitCommandLine(ExampleTests.OfPage("README.md").First()).Skip(1)
                .Select(a => a == "result" ? _folder["result"] : Path.Exists(Repository.Path(a)) ? Repository.Path(a) : a),
        ];
        CommandRun run = CommandRun.Of(args);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        string page = File.ReadAllText(_folder["result/index.html"]);
        Assert.Contains("clock", page);
        Assert.Equal(5, Directory.GetFiles(_folder["result/masks"], "*.png").Length);
    }

    [Fact]
    public void ItIsShort() => Assert.InRange(_lines.Length, 1, MostLines);
}
