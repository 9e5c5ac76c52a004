using System.Text.Json;
using SspNative.Cli;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Options;

/// <summary><c>--cache</c> of <c>ssp train</c> and <c>ssp eval</c>.</summary>
[LeakCheck]
public sealed class CacheOptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunKeepsItsCacheBesideItselfAndOthersMayUseIt()
    {
        CommandRun.Succeed("data", "synth", "--out", _folder["set"], "--seed", "1", "--clips", "2", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0");
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(
            TinyModel.Options with { Epochs = 1, Trainable = TrainableSet.Heads }, ConfigJson.Options));
        string[] Train(string run) =>
        [
            "train", "--data", _folder["set"], "--out", _folder[run], "--config", _folder["tiny.json"], "--options", _folder["options.json"],
            "--flow", "pyramid",
        ];

        CommandRun.Succeed([.. Train("plain"), "--cache", "none"]);
        Assert.False(Directory.Exists(_folder["plain/cache"]));
        CommandRun.Succeed(Train("run"));
        Assert.Equal(
            ["clip", "clip", "flow", "flow", "vggish", "vggish"],
            Entries().Select(f => Path.GetFileName(f).Split('-')[0]));
        CommandRun.Succeed([.. Train("other"), "--cache", _folder["run/cache"]]);
        Assert.Equal(6, Entries().Length);
        byte[] best = File.ReadAllBytes(_folder["plain/best.safetensors"]);
        Assert.Equal(best, File.ReadAllBytes(_folder["run/best.safetensors"]));
        Assert.Equal(best, File.ReadAllBytes(_folder["other/best.safetensors"]));

        string[] eval = ["eval", _folder["run/best.safetensors"], "--data", _folder["set"], "--split", "val", "--flow", "pyramid"];
        string score = CommandRun.Succeed(eval);
        Assert.Equal(score, CommandRun.Succeed([.. eval, "--cache", _folder["run/cache"]]));
        Assert.Equal(6, Entries().Length);

        string[] Entries() => [.. Directory.GetFiles(_folder["run/cache"]).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void ANetworksFlowIsEstimatedOnceAndKept()
    {
        CommandRun.Succeed("data", "synth", "--out", _folder["set"], "--seed", "1", "--clips", "2", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0");
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(
            TinyModel.Binary with
            {
                Flow = new PerceiverFlowConfig { TrainSize = [32, 48], NumLatents = 8, DLatents = 16, NumSelfAttendsPerBlock = 1, NumSelfAttentionHeads = 2 },
            },
            ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(
            TinyModel.Options with { Epochs = 2, Trainable = TrainableSet.Heads }, ConfigJson.Options));
        foreach (string clip in Directory.GetDirectories(_folder["set"], "synth-*", SearchOption.AllDirectories))
            File.Delete(Path.Combine(clip, "flow.safetensors"));
        string[] flow = ["--data", _folder["set"], "--flow", "perceiver", "--flow-weights", "procedural:3"];
        CommandRun.Succeed(["train", "--out", _folder["run"], "--config", _folder["tiny.json"], "--options", _folder["options.json"], .. flow]);
        string[] kept = [.. Directory.GetFiles(_folder["run/cache"], "flow-*")];
        Assert.Equal(2, kept.Length);
        CommandRun.Succeed(["eval", _folder["run/best.safetensors"], "--split", "val", "--cache", _folder["run/cache"], .. flow]);
        Assert.Equal(kept.Order(), Directory.GetFiles(_folder["run/cache"], "flow-*").Order());
        Assert.Equal("procedural:3", TrainingPlan.Read(_folder["run"]).Inputs!.FlowWeights);
        var error = new StringWriter();
        Assert.Equal(ExitCodes.BadInput, SspCommandLine.Run(
            ["eval", _folder["run/best.safetensors"], "--data", _folder["set"], "--split", "val", "--flow", "perceiver"], TextWriter.Null, error));
        Assert.Contains("--flow-weights", error.ToString());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("1e300")]
    public void ALimitMustBeASize(string limit)
    {
        var error = new StringWriter();
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        Assert.Equal(ExitCodes.BadInput, SspCommandLine.Run(
            ["train", "--data", _folder["set"], "--out", _folder["run"], "--config", _folder["tiny.json"], "--cache-limit", limit], TextWriter.Null, error));
        Assert.Contains("is no size of a cache", error.ToString());
        Assert.False(Directory.Exists(_folder["run"]));
    }
}
