using SspNative.Cli.Terminal;
using SspNative.Engine.Serialization;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Weights;

/// <summary><c>ssp convert</c>: one safetensors file of whatever holds a network.</summary>
public sealed class ConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ShardsAreOneNetwork()
    {
        string shards = Repository.Path("tests/checkpoints/shards-bin"), expected = Repository.Path("tests/checkpoints/shards-bin.expected.safetensors");
        foreach (string path in (string[])[shards, Path.Combine(shards, "pytorch_model.bin.index.json")])
        {
            CommandRun run = CommandRun.Of("convert", path, "--out", _folder["x.safetensors"], "--overwrite");
            Assert.True(run.Code == ExitCodes.Success, run.Error);
            using SafetensorsFile a = SafetensorsFile.Open(_folder["x.safetensors"]), b = SafetensorsFile.Open(expected);
            Assert.Equal(b.Entries.Select(e => e.Name).Order(), a.Entries.Select(e => e.Name).Order());
            Assert.All(b.Entries, e => Assert.Equal(b.ReadFloats(e.Name), a.ReadFloats(e.Name)));
        }
        File.WriteAllText(_folder["evil.index.json"], """{"weight_map": {"a": "../x.safetensors"}}""");
        Assert.Contains("no files beside it", CommandRun.Refused("weights", _folder["evil.index.json"]));
    }

    [Fact]
    public void AConversionReplacesNothingUntold()
    {
        string source = Repository.Path("tests/checkpoints/trainer/checkpoint.pth.tar"), target = _folder["x.safetensors"];
        File.WriteAllText(target, "mine");
        Assert.Contains("--overwrite", CommandRun.Refused("convert", source, "--out", target));
        string hostile = Repository.Path("tests/checkpoints/hostile/os-system.pth");
        Assert.Contains("posix.system", CommandRun.Refused("convert", hostile, "--out", target, "--overwrite"));
        Assert.Equal("mine", File.ReadAllText(target));
        Assert.Equal(ExitCodes.Success, CommandRun.Of("convert", source, "--out", target, "--overwrite", "--half").Code);
        using SafetensorsFile file = SafetensorsFile.Open(target);
        Assert.DoesNotContain(file.Entries, e => e.Name.StartsWith("module.", StringComparison.Ordinal));
        Assert.Contains(file.Entries, e => e.StoredType == "F16");
    }
}
