using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Engine.Distributed;
using SspNative.Tests.CommandLine.Terminal;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Installation;

/// <summary><c>ssp doctor</c> tells the truth about this machine.</summary>
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
        Assert.Equal(ExitCodes.Failure, run.Code);
        Assert.Contains("✗ ffmpeg", run.Output);
        Assert.Contains("apt install ffmpeg", run.Output);
        Assert.Contains("synth-avs.safetensors", run.Output);
        using JsonDocument json = JsonDocument.Parse(CommandRun.Of("doctor", "--json").Output);
        JsonElement ffmpeg = json.RootElement.EnumerateArray().Single(f => f.GetProperty("what").GetString() == "ffmpeg");
        Assert.False(ffmpeg.GetProperty("is_fine").GetBoolean());
    }

    [Fact]
    public void TheCacheIsSaidWithWhatItHolds()
    {
        const string variable = "XDG_CACHE_HOME";
        string? before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, _folder.Path);
        try
        {
            string folder = _folder["ssp/prompts"];
            Assert.Matches($"✓ cache +empty; .*{System.Text.RegularExpressions.Regex.Escape(folder)}", CommandRun.Of("doctor").Output);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, "answer"), new byte[1_500_000]);
            Assert.Matches("✓ cache +1 file, 1.5 MB; ", CommandRun.Of("doctor").Output);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }
    }

    [Fact]
    public void TheMpiThatWouldBeUsedIsNamed() =>
        Assert.Contains(MpiCollective.Find() is (true, var line) ? line : "none; one process trains alone", CommandRun.Of("doctor").Output);

    [Fact]
    public void ItFitsANarrowTerminal()
    {
        Environment.SetEnvironmentVariable("PATH", _folder.Path);
        string[] wide = CommandRun.Of("doctor").Output.Split(Environment.NewLine);
        Assert.Contains(wide, l => l.Length > 100);
        string narrow = Narrow.Run(40, "doctor").Output;
        Narrow.AssertFits(40, narrow);
        Assert.Contains("✗ ffmpeg", narrow);
        Assert.Contains("apt install", narrow);
    }
}
