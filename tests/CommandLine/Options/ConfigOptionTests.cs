using SspNative.Cli.Terminal;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Options;

/// <summary><c>--config FILE</c> of the commands.</summary>
public sealed class ConfigOptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"imgsize": 64}""", "imgsize is not a member of a configuration; did you mean image_size?")]
    [InlineData("""{"image_size": 0}""", "image_size is 0; it must be from 32 to 2,048")]
    [InlineData("""{"\ud800aaaaaaaaaaaaaaaaaaaa": 1}""", "has a member whose name is no text")]
    [InlineData(
        """{"architectures": ["CLIPModel"], "model_type": "clip", "hidden_size": 768}""",
        "it is the published file of one network; such files are sections here")]
    [InlineData("[1]", "the whole is a list; it must be an object")]
    [InlineData("", "no JSON: wrong at line 1, byte 1")]
    public void AFileThatIsNoConfigurationIsRefusedInOneLine(string json, string message)
    {
        (int code, string output, string error) = Describe(json);
        Assert.Equal((ExitCodes.BadInput, ""), (code, output));
        Assert.Contains($"config.json: not a configuration: {message}", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void MembersOfPublishedSectionsThatAreNotUsedAreNotedInOneLine()
    {
        string others = string.Join(", ", Enumerable.Range(0, 12).Select(i => $"\"other_{i}\": {i}"));
        (int code, string output, string error) = Describe($$$"""{"clip": {"model_type": "clip_vision_model", {{{others}}} }, "text": {"pad_token_id": 0}}""");
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("CLIP vision", output);
        Assert.Equal(
            "config.json: 14 members are not used: clip.model_type, clip.other_0, clip.other_1, clip.other_2, clip.other_3, clip.other_4, clip.other_5, "
            + "clip.other_6, clip.other_7, clip.other_8, … and 4 more",
            error.TrimEnd());
        Assert.Equal("", Describe("""{"clip": {"hidden_size": 768}}""").Error);
    }

    private CommandRun Describe(string json)
    {
        File.WriteAllText(_folder["config.json"], json);
        return CommandRun.Of("describe", "--config", _folder["config.json"]);
    }
}
