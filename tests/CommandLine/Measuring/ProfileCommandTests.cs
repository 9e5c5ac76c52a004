using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.Training;
using SspNative.Tests.Diagnostics.Profiling;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Measuring;

/// <summary><c>ssp profile</c> with tiny configurations.</summary>
[LeakCheck]
public sealed class ProfileCommandTests : IDisposable
{
    private const int Frames = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly string _clip;
    private readonly string _config;

    public ProfileCommandTests()
    {
        _clip = _folder["clip"];
        Directory.CreateDirectory(Path.Combine(_clip, "frames"));
        for (int t = 0; t < Frames; t++)
        {
            var frame = new Image(40, 30);
            new Random(t).NextBytes(frame.Rgb);
            frame.SavePng(Path.Combine(_clip, "frames", $"{t}.png"));
        }
        Fixtures.WriteWav(Path.Combine(_clip, "audio.wav"), Frames);
        _config = _folder["tiny.json"];
        File.WriteAllText(_config, JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SegmentingLeavesATraceAndNothingElse()
    {
        string[] before = Directory.GetFileSystemEntries(_folder.Path), temporary = Temporary();
        (int code, string output, string error) = CommandRun.Of([.. Segment(), "--trace", _folder["trace.json"], "--warm-up"]);
        Assert.True(code == ExitCodes.Success, error);
        foreach (string name in (string[])["decode", "segment", "ssp ▸ swin ▸ stage 1 ▸ block", "vggish", "linear", "gemm", "GFLOP/s", "Of roof"])
            Assert.Contains(name, output);
        Assert.Equal(before.Append(_folder["trace.json"]).Order(), Directory.GetFileSystemEntries(_folder.Path).Order());
        Assert.Equal(temporary, Temporary());
        var trace = new TraceFile(File.ReadAllText(_folder["trace.json"]));
        Assert.Equal(0, trace.Memory[^1]);
        Assert.All(trace.Nested().Where(n => n.Span.Kind == "kernel"), n => Assert.Contains(n.Around, a => a.Kind == "op"));
        Assert.Contains(trace.Nested(), n => n.Span.Kind == "kernel" && n.Around.Select(a => a.Kind).Distinct().SequenceEqual(["stage", "module", "op"]));

        static string[] Temporary() => Directory.GetDirectories(Path.GetTempPath(), "ssp-profile-*");
    }

    [Fact]
    public void JsonIsOneDocumentAndOutKeepsTheSameMasks()
    {
        Assert.Equal(
            ExitCodes.Success,
            CommandRun.Of("segment", _clip, "--out", _folder["plain"], "--weights", "procedural", "--config", _config, "--flow", "none").Code);
        (int code, string output, string error) = CommandRun.Of([.. Segment(), "--json", "--out", _folder["kept"]]);
        Assert.True(code == ExitCodes.Success, error);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement root = report.RootElement;
        Assert.InRange(root.GetProperty("kernel_seconds").GetDouble(), 0, root.GetProperty("wall_seconds").GetDouble());
        Assert.InRange(root.GetProperty("roof").GetProperty("flops").GetDouble(), 1e6, 1e16);
        foreach (string part in (string[])["stages", "modules", "ops", "kernels"])
            Assert.NotEqual(0, root.GetProperty(part).GetArrayLength());
        for (int t = 0; t < Frames; t++)
            Assert.Equal(File.ReadAllBytes(_folder[$"plain/masks/{t:0000}.png"]), File.ReadAllBytes(_folder[$"kept/masks/{t:0000}.png"]));
    }

    /// <summary>Work on the host is no single block: optical flow, pictures and sound have modules of their own.</summary>
    [Fact]
    public void HostWorkIsBrokenDown()
    {
        (int code, string output, string error) = CommandRun.Of(
            "profile", "segment", _clip, "--weights", "procedural", "--config", _config, "--flow", "pyramid", "--json");
        Assert.True(code == ExitCodes.Success, error);
        using JsonDocument report = JsonDocument.Parse(output);
        string[] modules = [.. report.RootElement.GetProperty("modules").EnumerateArray().Select(m => m.GetProperty("name").GetString()!)];
        foreach (string part in (string[])
            ["pyramid", "level 0 ▸ warp", "level 0 ▸ motion tensor", "level 0 ▸ robust weights", "level 0 ▸ relax", "level 0 ▸ median"])
            Assert.Contains($"variational flow ▸ {part}", modules);
        foreach (string part in (string[])["log-mel", "resize", "normalise", "optical mask", "label map", "overlay", "write png"])
            Assert.Contains(part, modules);
    }

    /// <summary>A recording has every launch of the run, and its calls are measured again, those first that took longest.</summary>
    [SkippableFact]
    public void RecordedCallsAreReplayedBesideAPeer()
    {
        FakePeer.SkipWithoutShell();
        string recording = _folder["calls.json"];
        (int code, string output, string error) = CommandRun.Of([.. Segment(), "--calls", recording, "--check-finite", "--json"]);
        Assert.True(code == ExitCodes.Success, error);
        using JsonDocument profile = JsonDocument.Parse(output), calls = JsonDocument.Parse(File.ReadAllText(recording));
        JsonElement[] launches = [.. calls.RootElement.GetProperty("calls").EnumerateArray()];
        Assert.Equal(
            profile.RootElement.GetProperty("kernels").EnumerateArray()
                .Where(k => !k.GetProperty("name").GetString()!.StartsWith("copy_", StringComparison.Ordinal))
                .ToDictionary(k => k.GetProperty("name").GetString()!, k => k.GetProperty("calls").GetInt32()),
            launches.GroupBy(c => c.GetProperty("call").GetString()!).Where(g => g.Key != "copy_strided").ToDictionary(g => g.Key, g => g.Count()));
        Assert.All(launches, c => Assert.True(c.GetProperty("seconds").GetDouble() > 0));
        Assert.Contains(launches, c => c.GetProperty("call").GetString() == "window_attention"
            && c.GetProperty("module").GetString() == "ssp ▸ swin ▸ stage 1 ▸ block"
            && c.GetProperty("fields").GetProperty("shape").GetProperty("window").GetInt32() == TinyModel.Binary.Swin.WindowSize);

        (code, output, error) = CommandRun.Of("bench", "kernels", "--calls", recording, "--top", "3", "--quick", "--json", "--peer-command", FakePeer.Command);
        Assert.True(code == ExitCodes.Success, error);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement[] results = [.. report.RootElement.GetProperty("results").EnumerateArray()];
        Assert.Equal(3, results.Length);
        Assert.All(results, r => Assert.InRange(r.GetProperty("ours").GetProperty("seconds").GetDouble(), double.Epsilon, 60));
        Assert.All(results, r => Assert.Matches("^[0-9]+× ", r.GetProperty("case").GetProperty("name").GetString()));
    }

    [Fact]
    public void ARecordingThatCannotBeUsedIsRefused()
    {
        string recording = _folder["calls.json"];
        Assert.Equal(ExitCodes.Success, CommandRun.Of([.. Segment(), "--calls", recording]).Code);
        string good = File.ReadAllText(recording), damaged = _folder["damaged.json"];
        foreach ((string from, string to, string reason) in (ReadOnlySpan<(string, string, string)>)
        [
            ("ssp-calls-1", "ssp-calls-0", "no recording of calls"), ("\"call\":\"gemm\"", "\"call\":\"gem\"", "there is no kernel gem"),
            ("\"channels\":", "\"chanels\":", "chanels"), ("\"heads\":", "\"heads\":-", "a size is -"), ("\"heads\":", "\"heads\":9", "needs"),
            ("]}", "]", "damaged.json: "), ("\"rows\":", "\"rows\":9999999", "needs"),
        ])
        {
            Assert.Contains(from, good, StringComparison.Ordinal);
            File.WriteAllText(damaged, good.Replace(from, to, StringComparison.Ordinal));
            AssertRefused(reason, "bench", "kernels", "--calls", damaged, "--quick");
        }
        AssertRefused("no such file", "bench", "kernels", "--calls", _folder["none.json"]);
        AssertRefused("--top is for --calls", "bench", "kernels", "--top", "3");
        AssertRefused("at least one", "bench", "kernels", "--calls", recording, "--top", "0");
        AssertRefused("stand alone", "bench", "kernels", "gelu count=5", "--calls", recording);
        AssertRefused("no call has", "bench", "kernels", "--calls", recording, "--only", "abacus");
        AssertRefused("cannot be written there", [.. Segment(), "--calls", _folder["none/calls.json"]]);
    }

    [Fact]
    public void TrainingStopsAfterItsSteps()
    {
        Assert.Equal(ExitCodes.Success, CommandRun.Of(
            "data", "synth", "--out", _folder["set"], "--seed", "1", "--clips", "2", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0").Code);
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(
            TinyModel.Options with { Epochs = 9, ClipsPerStep = 1, Trainable = TrainableSet.Heads }, ConfigJson.Options));
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        string[] train = ["profile", "train", "--data", _folder["set"], "--config", _config, "--options", _folder["options.json"], "--json"];
        (int code, string output, string error) = CommandRun.Of([.. train, "--steps", "2"]);
        Assert.True(code == ExitCodes.Success, error);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement step = report.RootElement.GetProperty("stages").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "step");
        Assert.Equal(2, step.GetProperty("calls").GetInt32());
        Assert.Contains(report.RootElement.GetProperty("ops").EnumerateArray(), o => o.GetProperty("name").GetString() == "backward of linear");

        (code, _, error) = CommandRun.Of([.. train, "--steps", "1", "--out", _folder["run"]]);
        Assert.True(code == ExitCodes.Success, error);
        Assert.True(File.Exists(_folder["run/last.safetensors"]));
    }

    [Fact]
    public void FilesThatCannotBeWrittenOrReadAreRefused()
    {
        AssertRefused("cannot be written there", [.. Segment(), "--trace", _folder["none/trace.json"]]);
        AssertRefused("cannot be written there", [.. Segment(), "--trace", _folder.Path]);
        AssertRefused("no such file", "profile", "segment", _folder["none.mp4"], "--weights", "procedural");
        AssertRefused("at least one step", "profile", "train", "--data", _folder["set"], "--config", _config, "--steps", "0");
    }

    private string[] Segment() => ["profile", "segment", _clip, "--weights", "procedural", "--config", _config, "--flow", "none"];

    private void AssertRefused(string reason, params string[] args)
    {
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        CommandRun.AssertRefused(reason, args);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
    }
}
