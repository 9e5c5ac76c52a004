using SspNative.Cli.Terminal;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Terminal;

/// <summary>A file that is there already is somebody's.</summary>
public sealed class OutputFilesTests : IDisposable
{
    private static readonly string _model = Repository.Path("models/synth-avs.safetensors");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnExportReplacesAFileOnlyWhenTold()
    {
        string target = _folder["model.safetensors"];
        File.WriteAllText(target, "mine");
        Assert.StartsWith($"--out {target}: the file exists; give --overwrite", CommandRun.Refused("export", _model, "--out", target));
        Assert.Equal("mine", File.ReadAllText(target));
        CommandRun run = CommandRun.Of("export", _model, "--out", target, "--overwrite");
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        Assert.True(new FileInfo(target).Length > 1_000_000);
        Assert.Contains("a folder of this name", CommandRun.Refused("export", _model, "--out", _folder.Path, "--overwrite"));
    }

    [SkippableFact]
    public void AnExportNeverReplacesItsSource()
    {
        string source = _folder["best.safetensors"], link = _folder["link.safetensors"], around = _folder["around"];
        File.Copy(_model, source);
        Skip.IfNot(OperatingSystem.IsLinux(), "links need rights elsewhere");
        File.CreateSymbolicLink(link, source);
        Directory.CreateSymbolicLink(around, _folder.Path);
        foreach (string target in (string[])[source, link, Path.Combine(around, "best.safetensors"), Path.Combine(_folder.Path, ".", "best.safetensors")])
            Assert.Contains("this is the file that is read", CommandRun.Refused("export", source, "--out", target, "--overwrite"));
        Assert.Equal(File.ReadAllBytes(_model), File.ReadAllBytes(source));
    }

    [Fact]
    public void ATraceReplacesAFileOnlyWhenTold()
    {
        string trace = _folder["notes.json"];
        File.WriteAllText(trace, "mine");
        Assert.StartsWith(
            $"--trace {trace}: the file exists",
            CommandRun.Refused("profile", "segment", Repository.Path("examples/clock-and-guitar"), "--trace", trace));
        Assert.Equal("mine", File.ReadAllText(trace));
    }

    [Fact]
    public void ATraceAndARecordingAreTwoFiles() => Assert.Contains(
        "this is the file that is read",
        CommandRun.Refused(
            "profile", "segment", Repository.Path("examples/clock-and-guitar"), "--trace", _folder["x.json"], "--calls", _folder["x.json"]));

    [Fact]
    public void PlotsReplaceFilesOnlyWhenTold()
    {
        string picture = _folder["roofline.png"], growth = _folder["growth-keys-time.png"];
        File.WriteAllText(picture, "mine");
        File.WriteAllText(growth, "mine");
        Assert.StartsWith(
            $"--plot {picture}: the file exists",
            CommandRun.Refused("bench", "kernels", "--only", "softmax", "--quick", "--peer-command", FakePeer.Command, "--plot", _folder.Path));
        Assert.StartsWith($"--plot {growth}: the file exists", CommandRun.Refused("bench", "growth", "--only", "keys", "--quick", "--plot", _folder.Path));
        Assert.StartsWith($"--plot {growth}: a file of this name", CommandRun.Refused("bench", "growth", "--only", "keys", "--quick", "--plot", growth));
        Assert.Equal(("mine", "mine"), (File.ReadAllText(picture), File.ReadAllText(growth)));
    }
}
