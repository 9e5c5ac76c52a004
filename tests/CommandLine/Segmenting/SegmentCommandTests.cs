using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Weights;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Segmenting;

/// <summary><c>ssp segment</c> from a folder clip to its results, with a tiny configuration.</summary>
[LeakCheck]
public sealed class SegmentCommandTests : IDisposable
{
    private const int Width = 50;
    private const int Height = 38;
    private const int Frames = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly string _clip;
    private readonly string _config;

    public SegmentCommandTests()
    {
        _clip = _folder["clip"];
        Directory.CreateDirectory(Path.Combine(_clip, "frames"));
        for (int t = 0; t < Frames; t++)
        {
            var frame = new Image(Width, Height);
            new Random(t).NextBytes(frame.Rgb);
            frame.SavePng(Path.Combine(_clip, "frames", $"{t}.png"));
        }
        Fixtures.WriteWav(Path.Combine(_clip, "audio.wav"), Frames);
        _config = _folder["tiny.json"];
        File.WriteAllText(_config, JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
    }

    [Theory]
    [InlineData("avs", "pyramid")]
    [InlineData("avss", "none")]
    public void OneMaskAFrameAtTheClipsOwnSize(string task, string flow)
    {
        string result = _folder["result"];
        (int exitCode, string output, string error) =
            CommandRun.Of("segment", _clip, "--out", result, "--weights", "procedural:3", "--config", _config, "--task", task, "--flow", flow, "--json");
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("mean nothing", error);
        Assert.Contains("text was empty", error);
        for (int t = 0; t < Frames; t++)
        {
            LabelMap labels = PalettePng.Load(Path.Combine(result, "masks", $"{t:0000}.png"));
            Assert.Equal((Width, Height), (labels.Width, labels.Height));
            Image overlay = Image.Load(Path.Combine(result, "overlay", $"{t:0000}.png"));
            Assert.Equal((Width, Height), (overlay.Width, overlay.Height));
            Assert.True(File.Exists(Path.Combine(result, "pre-mask", $"{t:0000}.png")));
        }
        Assert.Equal(
            flow == "none" ? 0 : Frames - 1,
            Directory.Exists(Path.Combine(result, "flow")) ? Directory.GetFiles(Path.Combine(result, "flow")).Length : 0);
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(result, "result.json")));
        Assert.Equal(Frames, report.RootElement.GetProperty("frames").GetArrayLength());
        Assert.True(report.RootElement.GetProperty("meaningless").GetBoolean());
        Assert.Equal(flow, report.RootElement.GetProperty("flow").GetString());
        using JsonDocument printed = JsonDocument.Parse(output);
        Assert.Equal(report.RootElement.GetRawText(), printed.RootElement.GetRawText());
    }

    [Theory]
    [InlineData("avs")]
    [InlineData("avss")]
    public void NothingSoundsInAClipWithoutSound(string task)
    {
        File.Delete(Path.Combine(_clip, "audio.wav"));
        (int exitCode, string output, string error) = CommandRun.Of(
            "segment", _clip, "--out", _folder["result"], "--weights", "procedural:3", "--config", _config, "--task", task, "--flow", "pyramid", "--json");
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("no sound: nothing sounds in it", error);
        for (int t = 0; t < Frames; t++)
        {
            LabelMap labels = PalettePng.Load(Path.Combine(_folder["result"], "masks", $"{t:0000}.png"));
            Assert.Equal((Width, Height), (labels.Width, labels.Height));
            Assert.All(labels.Labels, label => Assert.Equal(0, label));
        }
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.False(report.RootElement.GetProperty("has_audio").GetBoolean());
        Assert.All(report.RootElement.GetProperty("frames").EnumerateArray(), f => Assert.Equal(0, f.GetProperty("objects").GetArrayLength()));
    }

    [Fact]
    public void APictureHasOneEmptyMask()
    {
        string picture = Path.Combine(_clip, "frames", "0.png");
        (int exitCode, string output, string error) =
            CommandRun.Of("segment", picture, "--out", _folder["result"], "--weights", "procedural", "--config", _config);
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("no sound", error);
        Assert.Contains("nothing", output);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder["result"], "masks")));
    }

    [Fact]
    public void TheBundledModelSegmentsTheExampleAndSaysWhatItIsGoodFor()
    {
        (int exitCode, _, string error) = CommandRun.Of(
            "segment", Repository.Path("examples/clock-and-guitar"), "--out", _folder["result"],
            "--prompts", Repository.Path("examples/clock-and-guitar.prompts.json"));
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("synthetic", error);
        AssertOnlyTheClockSounds(label: 1);
    }

    [Fact]
    public void TheBundledSemanticModelNamesWhatSoundsInTheExample()
    {
        (int exitCode, string output, _) = CommandRun.Of(
            "segment", Repository.Path("examples/clock-and-guitar"), "--out", _folder["result"], "--task", "avss",
            "--prompts", Repository.Path("examples/clock-and-guitar.prompts.json"));
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("clock", output);
        AssertOnlyTheClockSounds(Array.IndexOf([.. Palette.ClassNames], "clock"));
    }

    // The clock, at the right, ticks for three seconds; the guitar, at the left, is silent throughout.
    private void AssertOnlyTheClockSounds(int label)
    {
        for (int t = 0; t < 5; t++)
        {
            LabelMap mask = PalettePng.Load(Path.Combine(_folder["result"], "masks", $"{t:0000}.png"));
            int clock = 0, others = 0;
            for (int y = 0; y < mask.Height; y++)
                for (int x = 0; x < mask.Width; x++)
                {
                    bool isAtTheRight = x > mask.Width / 2;
                    clock += isAtTheRight && mask[x, y] == label ? 1 : 0;
                    others += mask[x, y] != 0 && !(isAtTheRight && mask[x, y] == label) ? 1 : 0;
                }
            Assert.InRange(clock, t < 3 ? 1600 : 0, t < 3 ? 2100 : 0);
            Assert.InRange(others, 0, 150);
        }
    }

    [Fact]
    public void AFormerResultIsReplacedAndOtherFoldersAreNot()
    {
        string result = _folder["result"];
        string[] command = ["segment", _clip, "--out", result, "--weights", "procedural", "--config", _config, "--flow", "none"];
        Assert.Equal(ExitCodes.Success, CommandRun.Of(command).Code);
        File.Delete(Path.Combine(result, "masks", "0000.png"));
        Assert.Equal(ExitCodes.Success, CommandRun.Of(command).Code);
        Assert.True(File.Exists(Path.Combine(result, "masks", "0000.png")));
        AssertRefused("not a former result", "segment", _clip, "--out", _clip, "--weights", "procedural", "--config", _config);
        Assert.Equal(Frames, Directory.GetFiles(Path.Combine(_clip, "frames")).Length);
    }

    [SkippableFact]
    public void ALinkDoesNotHideWhatAResultIsMadeOf()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "links need rights elsewhere");
        string[] command = ["segment", "--weights", "procedural", "--config", _config, "--flow", "none"];
        CommandRun.Succeed([.. command, _clip, "--out", _folder["run"]]);
        File.CreateSymbolicLink(_folder["latest"], _folder["run"]);
        foreach ((string input, string output) in ((string, string)[])[("latest", "latest"), ("latest", "run"), ("run", "latest")])
            CommandRun.AssertRefused(
                "which the result would replace", [.. command, Path.Combine(_folder[input], "overlay", "0000.png"), "--out", _folder[output]]);
    }

    [Fact]
    public void AResultDoesNotReplaceWhatItIsMadeOf()
    {
        string[] command = ["segment", "--out", _folder["result"], "--weights", "procedural", "--config", _config, "--flow", "none"];
        CommandRun.Succeed([.. command, _clip]);
        string picture = Path.Combine(_folder["result"], "overlay", "0000.png");
        byte[] before = File.ReadAllBytes(picture);
        CommandRun.AssertRefused("which the result would replace", [.. command, picture]);
        Assert.Equal(before, File.ReadAllBytes(picture));
        CommandRun.Succeed([.. command.Select(a => a == _folder["result"] ? _folder["next"] : a), picture]);
    }

    [Fact]
    public void MissingParametersAreToldBeforeAnyWork()
    {
        string weights = SaveWeights(t => t.Name.StartsWith("clip.", StringComparison.Ordinal) ? null : t.Tensor);
        string line = AssertRefused(
            "all 39 under clip. (clip.vision_model.embeddings.class_embedding (40): missing); is this the right file?", Segment(weights));
        Assert.DoesNotContain("vta.", line);
        weights = SaveWeights(t => t.Name.EndsWith("norm.bias", StringComparison.Ordinal) ? null : t.Tensor);
        Assert.Contains(" more; ", AssertRefused("norm.bias", Segment(weights)));
    }

    [Fact]
    public void WeightsOfAnotherModelAreRefusedInAShortLine()
    {
        string weights = SaveWeights(t => t.Tensor);
        string[] command = ["segment", _clip, "--out", _folder["out"], "--weights", weights];
        Assert.InRange(AssertRefused("are these the weights of this configuration?", [.. command, "--config", "full", "--flow", "none"]).Length, 1, 2000);
        Assert.InRange(
            AssertRefused("looked for as vision_model.", [.. command, "--config", _config, "--flow", "none", "--weights", $"clip={weights}"]).Length, 1, 500);
        AssertRefused("--flow pyramid", [.. command, "--config", _config, "--flow", "perceiver"]);
    }

    [Fact]
    public void AWeightOfAnotherShapeIsNamedWithBothShapes() => AssertRefused(
        "model.class_predictor.bias: the file has (2), the model wants (3)",
        Segment(SaveWeights(t => t.Name == "model.class_predictor.bias" ? Tensor.Zeros([2], TestDevices.Shared) : t.Tensor)));

    [Fact]
    public void NumbersThatAreNotFiniteNameTheirStage()
    {
        AssertRefused("class logits", Segment(SaveWeights(t => t.Name == "model.class_predictor.bias" ? Poisoned(t.Tensor) : t.Tensor)));
        AssertRefused("sound embeddings", Segment(SaveWeights(t => t.Name == "vggish.embeddings.4.bias" ? Poisoned(t.Tensor) : t.Tensor)));
    }

    [Fact]
    public void BadInputLeavesNothing()
    {
        AssertRefused("no such file", "segment", _folder["none.mp4"], "--out", _folder["out"], "--weights", "procedural");
        AssertRefused("tau", "segment", _clip, "--out", _folder["out"], "--weights", "procedural", "--tau", "2");
        AssertRefused("clip, camera", "segment", _clip, "--out", _folder["out"], "--weights", "procedural", "--motion", "pair");
        AssertRefused(
            "frames per second", "segment", _clip, "--out", _folder["out"], "--weights", "procedural", "--fps", "0", "--config", _config, "--flow", "none");
        File.Move(Path.Combine(_clip, "audio.wav"), Path.Combine(_clip, "sound.wav"));
        AssertRefused("audio.wav", "segment", _clip, "--out", _folder["out"], "--weights", "procedural", "--config", _config, "--flow", "none");
        File.WriteAllText(_config, "{ \"task\": ");
        AssertRefused("not a configuration", "segment", _clip, "--out", _folder["out"], "--weights", "procedural", "--config", _config);
    }

    public void Dispose() => _folder.Dispose();

    private static Tensor Poisoned(Tensor tensor)
    {
        float[] values = tensor.ToArray();
        values[0] = float.NaN;
        return Tensor.FromArray(values, tensor.Shape, tensor.Device);
    }

    private string[] Segment(string weights) =>
        ["segment", _clip, "--out", _folder["out"], "--weights", weights, "--config", _config, "--flow", "none"];

    // The tiny model's procedural weights as a file, each replaced or, where null, left out.
    private string SaveWeights(Func<(string Name, Tensor Tensor), Tensor?> change)
    {
        using var scope = new TensorScope();
        using var store = new SspNative.Engine.Nn.ParameterStore(new ProceduralSource(1), TestDevices.Shared);
        _ = new Ssp(store.Root, TinyModel.Binary);
        _ = Ssp.MakeVggish(store.Root, TinyModel.Binary);
        var tensors = new Dictionary<string, Tensor>();
        foreach (string name in store.Names)
            if (change((name, store[name])) is { } tensor)
                tensors.Add(name, tensor);
        string path = _folder["weights.safetensors"];
        SafetensorsWriter.Write(path, tensors);
        return path;
    }

    private string AssertRefused(string reason, params string[] args)
    {
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        string line = CommandRun.Refused(args);
        Assert.Contains(reason, line);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
        return line;
    }
}
