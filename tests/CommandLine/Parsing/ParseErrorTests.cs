using SspNative.Cli.Terminal;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Parsing;

/// <summary>What a mistyped command line is told.</summary>
public class ParseErrorTests
{
    [Theory]
    [InlineData("")]
    [InlineData("bench")]
    [InlineData("data")]
    [InlineData("profile")]
    public void WithoutAVerbThereIsTheHelp(string line)
    {
        CommandRun run = CommandRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Success, run.Code);
        Assert.Contains("Usage:", run.Output);
        Assert.Contains("Examples:", run.Output);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("segmnt clip.mp4 --out r", "ssp has no verb segmnt; did you mean segment?")]
    [InlineData("paint", "ssp has no verb paint; there are segment, serve,")]
    [InlineData("bench rof", "ssp bench has no verb rof; did you mean roof?")]
    [InlineData("segment clip.mp4 --out r --fsp 2", "ssp segment has no option --fsp; did you mean --fps?")]
    [InlineData("segment --fsp 2 clip.mp4 --out r", "ssp segment has no option --fsp; did you mean --fps?")]
    [InlineData("segment clip.mp4 --out r --wieghts=x", "ssp segment has no option --wieghts; did you mean --weights?")]
    [InlineData("verify --jsn tests", "ssp verify has no option --jsn; did you mean --json?")]
    [InlineData("describe --debg", "ssp describe has no option --debg; did you mean --debug?")]
    [InlineData("describe --abcdefgh", "ssp describe has no option --abcdefgh; 'ssp describe --help' lists what there is")]
    [InlineData("describe now", "now: one argument too many for 'ssp describe'")]
    [InlineData("segment clip.mp4 --out r --task avvs", "--task avvs: it must be one of avs, avss; did you mean avs?")]
    [InlineData("segment clip.mp4 --out r --flow fast", "--flow fast: it must be one of none, perceiver, pyramid")]
    [InlineData("segment clip.mp4 --out r --fps two", "--fps two: it must be a number")]
    [InlineData("data synth --out d --clips many --seed 1", "--clips many: it must be a whole number")]
    [InlineData("data synth --out d --clips 5 --seed -1", "--seed -1: it must be a whole number, 0 or above")]
    [InlineData("segment clip.mp4", "--out")]
    public void TheLineNamesWhatIsWrong(string line, string said) => Assert.StartsWith(
        said.StartsWith("--out", StringComparison.Ordinal) ? "Option '--out' is required" : said, CommandRun.Refused(line.Split(' ')));

    [Fact]
    public void AnEmptyNameIsNamed()
    {
        Assert.Equal("--out: the name is empty", CommandRun.Refused("segment", "clip.mp4", "--out", ""));
        Assert.Equal("--weights: the name is empty", CommandRun.Refused("segment", "clip.mp4", "--out", "r", "--weights", "").TrimEnd());
    }

    [Fact]
    public void BehindTwoDashesEverythingIsAnArgument() =>
        Assert.Contains("--fsp: there is no such file", CommandRun.Refused("verify", "--", "--fsp"));
}
