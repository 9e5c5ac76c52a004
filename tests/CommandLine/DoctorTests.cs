using System.Text.Json;
using SspNative.Cli;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine;

/// <summary><c>ssp doctor</c> and <c>ssp completion</c> tell the truth about this machine and this program.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        _folder.Dispose();
    }

    [Fact]
    public void WhatIsMissingIsSaidWithItsRemedy()
    {
        Environment.SetEnvironmentVariable("PATH", _folder.Path);
        CommandRun run = CommandRun.Of("doctor");
        Assert.Equal(SspCommandLine.Failure, run.Code);
        Assert.Contains("✗ ffmpeg", run.Output);
        Assert.Contains("apt install ffmpeg", run.Output);
        Assert.Contains("synth-avs.safetensors", run.Output);
        using JsonDocument json = JsonDocument.Parse(CommandRun.Of("doctor", "--json").Output);
        JsonElement ffmpeg = json.RootElement.EnumerateArray().Single(f => f.GetProperty("what").GetString() == "ffmpeg");
        Assert.False(ffmpeg.GetProperty("is_fine").GetBoolean());
    }

    [Theory]
    [InlineData("ssp seg", "segment")]
    [InlineData("ssp segment --inference-mask s", "stage1")]
    [InlineData("ssp data ", "synth")]
    public void ShellsAskTheProgramWhatFits(string line, string completion)
    {
        CommandRun run = CommandRun.Of($"[suggest:{line.Length}]", line);
        Assert.Equal(SspCommandLine.Success, run.Code);
        Assert.Contains(completion, run.Output.Split('\n').Select(l => l.Trim()));
        Assert.Contains("[suggest:", CommandRun.Of("completion", "bash").Output);
    }

    [Fact]
    public void OtherShellsAreRefused() => Assert.Contains("tcsh", CommandRun.Refused("completion", "tcsh"));
}
