using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Measuring;

/// <summary><c>ssp describe --ranks</c> foretells steps of training.</summary>
public sealed class ClusterOptionsTests
{
    [Fact]
    public void MoreRanksAreSlowerOnASlowerNetwork()
    {
        double fast = Seconds("--bandwidth", "10"), slow = Seconds("--bandwidth", "0.01");
        Assert.True(slow > fast, $"{slow} and {fast} s");

        static double Seconds(params string[] network)
        {
            using JsonDocument json = JsonDocument.Parse(
                CommandRun.Of(["describe", "--config", Repository.Path("models/synth.json"), "--ranks", "4", "--clip", "0.5", "--json", .. network]).Output);
            return json.RootElement[0].GetProperty("one_clip_each").EnumerateArray().Last().GetProperty("seconds").GetDouble();
        }
    }

    [Fact]
    public void ATableGoesUpToAThousandRanks()
    {
        CommandRun run = CommandRun.Of("describe", "--config", Repository.Path("models/synth.json"), "--ranks", "4");
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        Assert.Contains("Phase heads", run.Output);
        Assert.Contains("Phase adapters", run.Output);
        Assert.Contains("1000", run.Output);
    }

    [Theory]
    [InlineData("--ranks 0", "--ranks 0")]
    [InlineData("--ranks 2 --bandwidth 0", "--bandwidth 0")]
    [InlineData("--latency 5", "--ranks")]
    [InlineData("--ranks 2 --precision bf16", "fp32")]
    public void RanksThatCannotBeForetoldAreRefused(string options, string said) =>
        Assert.Contains(said, CommandRun.Refused(["describe", .. options.Split(' ')]));
}
