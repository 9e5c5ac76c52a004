using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Engine.Serialization;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Pipeline;

/// <summary>A folder of published files is all that a clip needs, and gives the masks that the same numbers give in one file of ours.</summary>
[LeakCheck]
public sealed class PublishedFolderTests : IDisposable
{
    private const ulong Seed = 3;

    private static readonly SspConfig _tiny = PublishedFolder.Tiny;

    private readonly TemporaryFolder _folder = new();

    public PublishedFolderTests()
    {
        for (int t = 0; t < 2; t++)
        {
            var frame = new Image(96, 64);
            new Random(t).NextBytes(frame.Rgb);
            frame.SavePng(Path.Combine(_folder["clip"], "frames", $"{t}.png"));
        }
        Fixtures.WriteWav(Path.Combine(_folder["clip"], "audio.wav"), 2);
        File.WriteAllText(_folder["prompts.json"], """{"A1": "a b c", "A2": "d"}""");
    }

    [Fact]
    public void AavsRunsFromItsFolder()
    {
        WriteFolder(aligned: false);
        CommandRun run = CommandRun.Of("segment", _folder["clip"], "--out", _folder["found"], "--weights", _folder["weights"]);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        Assert.Contains("the model reads no text", run.Error);
        Assert.DoesNotContain("pyramid", run.Error);
        AssertSame(_tiny with { TextFusion = TextFusion.None }, "found");
        using SspModel model = SspModel.Load(_folder["weights"]);
        Assert.Equal((FlowKind.Perceiver, TextFusion.None), (model.Flow, model.Config.TextFusion));
        Assert.Equal(2, model.Segment(_folder["clip"]).Count());
    }

    [Fact]
    public void SspRunsFromItsFolderWithTheVocabularyBesideTheTextEncoder()
    {
        WriteFolder(aligned: true);
        CommandRun run = CommandRun.Of(
            "segment", _folder["clip"], "--out", _folder["found"], "--weights", _folder["weights"], "--prompts", _folder["prompts.json"]);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        AssertSame(_tiny, "found", "--prompts", _folder["prompts.json"], "--vocab", Path.Combine(_folder["weights"], "blip/vocab.txt"));
    }

    [Fact]
    public void FilesAreNamedOneByOneAndGetThePrefixThatTheyLack()
    {
        WriteFolder(aligned: true);
        string[] named = ["s4.pth", "clip=clip/pytorch_model.bin", "vggish-10086976.pth", "blip/pytorch_model.bin", "alignment.bin", "flow/pytorch_model.bin"];
        CommandRun run = CommandRun.Of([
            "segment", _folder["clip"], "--out", _folder["found"], "--prompts", _folder["prompts.json"],
            "--vocab", Path.Combine(_folder["weights"], "blip/vocab.txt"), .. named.SelectMany(n => (string[])["--weights", Within(n)])]);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        AssertSame(_tiny, "found", "--prompts", _folder["prompts.json"], "--vocab", Path.Combine(_folder["weights"], "blip/vocab.txt"));

        string Within(string name) => name.IndexOf('=') + 1 is var at ? name[..at] + Path.Combine(_folder["weights"], name[at..]) : name;
    }

    [Theory]
    [InlineData("clip", "CLIP")]
    [InlineData("blip", "the text encoder")]
    [InlineData("alignment.bin", "the visual-textual alignment")]
    public void WhatTheTextLacksIsNamed(string lost, string expected)
    {
        WriteFolder(aligned: true);
        string path = Path.Combine(_folder["weights"], lost);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
        using SspModel model = SspModel.Load(_folder["weights"]);
        Assert.Equal(TextFusion.None, model.Config.TextFusion);
        Assert.Contains(model.Notes, n => n.StartsWith($"No weights of {expected}", StringComparison.Ordinal));
    }

    [Fact]
    public void ConvertedFilesGiveTheSameMasks()
    {
        WriteFolder(aligned: true);
        CommandRun converted = CommandRun.Of("convert", _folder["weights"], "--out", _folder["one.safetensors"]);
        Assert.True(converted.Code == ExitCodes.Success, converted.Error);
        string vocabulary = Path.Combine(_folder["weights"], "blip/vocab.txt");
        foreach ((string weights, string result) in ((string, string)[])[(_folder["weights"], "a"), (_folder["one.safetensors"], "b")])
        {
            CommandRun run = CommandRun.Of(
                "segment", _folder["clip"], "--out", _folder[result], "--weights", weights, "--prompts", _folder["prompts.json"], "--vocab", vocabulary);
            Assert.True(run.Code == ExitCodes.Success, run.Error);
        }
        AssertSame("a", "b");

        CommandRun.Succeed("export", _folder["one.safetensors"], "--out", _folder["half.safetensors"], "--half");
        Assert.True(ModelCard.Read(_folder["half.safetensors"])!.UsesPerceiver);
        using SspModel exported = SspModel.Load(new SspModelOptions { Weights = [_folder["half.safetensors"]], Vocabulary = vocabulary });
        Assert.Equal(FlowKind.Perceiver, exported.Flow);
    }

    [Fact]
    public void WhatIsMissingIsSaidAndDoneWithout()
    {
        WriteFolder(aligned: true);
        Directory.Delete(Path.Combine(_folder["weights"], "flow"), recursive: true);
        Directory.Delete(Path.Combine(_folder["weights"], "blip"), recursive: true);
        string bert = Path.Combine(_folder["weights"], "bert");
        Directory.CreateDirectory(bert);
        TorchWriter.Legacy(Path.Combine(bert, "pytorch_model.bin"), new PublishedFiles(_tiny, Seed).Bert(_tiny.Text.VocabSize));
        PublishedFolder.Config(bert, new { model_type = "bert", num_attention_heads = 4, hidden_size = 48 });
        using SspModel model = SspModel.Load(_folder["weights"]);
        Assert.Equal((FlowKind.Pyramid, TextFusion.Vta), (model.Flow, model.Config.TextFusion));
        Assert.Contains(model.Notes, n => n.Contains("cross attention", StringComparison.Ordinal));
        Assert.Contains(model.Notes, n => n.Contains("pyramid", StringComparison.Ordinal));
        Assert.Equal(2, model.Segment(_folder["clip"]).Count());
    }

    [Fact]
    public void WhatCannotBeDoneWithoutIsNamed()
    {
        WriteFolder(aligned: false);
        string vggish = Path.Combine(_folder["weights"], "vggish-10086976.pth"), segmenter = Path.Combine(_folder["weights"], "s4.pth");
        Cut(vggish);
        string line = Refused();
        Assert.Contains("under vggish.", line);
        Assert.Contains($"{vggish}: byte", line);
        File.Delete(vggish);
        Assert.Contains("under vggish.", Refused());
        Cut(segmenter);
        line = Refused();
        Assert.Contains("no segmenter of AAVS or SSP", line);
        Assert.Contains($"{segmenter}: byte", line);
        File.Delete(segmenter);
        TorchWriter.Zip(Path.Combine(_folder["weights"], "mask2former.bin"), new PublishedFiles(_tiny, Seed).Mask2Former());
        Assert.Contains("Mask2Former alone does not listen", Refused());
        string empty = Directory.CreateDirectory(_folder["empty"]).FullName;
        Assert.Contains("no weights are in this folder", CommandRun.Refused("segment", _folder["clip"], "--out", _folder["x"], "--weights", empty));

        static void Cut(string file) => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100]);

        string Refused() => CommandRun.Refused("segment", _folder["clip"], "--out", _folder["x"], "--weights", _folder["weights"]);
    }

    [Fact]
    public void ThePublishedNetworkIsScoredFromItsFolder()
    {
        WriteFolder(aligned: true);
        CommandRun.Succeed("data", "synth", "--out", _folder["set"], "--clips", "2", "--seed", "1", "--size", "64", "--frames", "2", "--split", "0,0,1");
        CommandRun.Succeed("convert", _folder["weights"], "--out", _folder["one.safetensors"]);
        string vocabulary = Path.Combine(_folder["weights"], "blip/vocab.txt");
        string[] scored = ["--data", _folder["set"], "--flow", "pyramid", "--json"];
        string expected = CommandRun.Succeed(["eval", _folder["one.safetensors"], "--vocab", vocabulary, .. scored]);
        Assert.Equal(expected, CommandRun.Succeed(["eval", _folder["weights"], .. scored]));
        CommandRun.Succeed(["eval", _folder["weights"], "--protocol", "aavs224", "--inference-mask", "none", .. scored]);
        using (TrainedModel model = TrainedModel.Open(_folder["weights"]))
            Assert.Equal((SegmentationTask.Avs, vocabulary), (model.Config.Task, model.Vocabulary));
        CommandRun.AssertRefused("--task has no effect", ["eval", _folder["weights"], "--task", "avss", .. scored]);
        CommandRun.AssertRefused("under vggish.", ["eval", Path.Combine(_folder["weights"], "s4.pth"), .. scored]);
        CommandRun.AssertRefused("no segmenter of AAVS or SSP", ["eval", Path.Combine(_folder["weights"], "clip"), .. scored]);

        SspConfig semantic = _tiny.ForTask(SegmentationTask.Avss);
        TorchWriter.Zip(Path.Combine(_folder["weights"], "avss.pth"), new PublishedFiles(semantic, Seed).Aavs());
        Assert.Equal(expected, CommandRun.Succeed(["eval", _folder["weights"], .. scored]));
        using JsonDocument report = JsonDocument.Parse(
            CommandRun.Succeed(["eval", _folder["weights"], "--task", "avss", "--stage1", _folder["weights"], .. scored]));
        Assert.Equal("avss", report.RootElement.GetProperty("task").GetString());
    }

    // The layout of a hub's cache: names that are links to files called by their hash, and an older version.
    [SkippableFact]
    public void AHubsCacheIsRead()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "links need rights elsewhere");
        WriteFolder(aligned: false);
        string cache = Path.Combine(_folder["weights"], "models--openai--clip"), file = Path.Combine(_folder["weights"], "clip");
        foreach (string version in (string[])["old", "new"])
        {
            Directory.CreateDirectory(Path.Combine(cache, "blobs"));
            Directory.CreateDirectory(Path.Combine(cache, "snapshots", version));
            File.Copy(Path.Combine(file, "pytorch_model.bin"), Path.Combine(cache, "blobs", version));
            File.CreateSymbolicLink(Path.Combine(cache, "snapshots", version, "pytorch_model.bin"), $"../../blobs/{version}");
        }
        Directory.CreateDirectory(Path.Combine(cache, "refs"));
        File.WriteAllText(Path.Combine(cache, "refs", "main"), "old\n");
        Directory.Delete(file, recursive: true);
        using var weights = new WeightFiles([_folder["weights"]]);
        Assert.EndsWith(Path.Combine("snapshots", "old", "pytorch_model.bin"), weights.Find(ModelPart.Clip)!.Network.Name);
    }

    [Fact]
    public void WeightsAreShown()
    {
        WriteFolder(aligned: true);
        CommandRun table = CommandRun.Of("weights", _folder["weights"]);
        Assert.True(table.Code == ExitCodes.Success, table.Error);
        Assert.All(
            (string[])["segmenter", "VGGish", "CLIP", "text encoder", "alignment", "Perceiver flow", "PyTorch legacy"], t => Assert.Contains(t, table.Output));
        File.Copy(Repository.Path("tests/checkpoints/hostile/exec.pkl"), Path.Combine(_folder["weights"], "exec.pkl"));
        CommandRun json = CommandRun.Of("weights", _folder["weights"], "--json");
        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement[] files = [.. document.RootElement.EnumerateArray()];
        Assert.Equal(7, files.Length);
        Assert.Contains("builtins.exec", files[^1].GetProperty("problem").GetString());
        JsonElement clip = files.Single(f => f.GetProperty("parts").EnumerateArray().Any(p => p.GetProperty("part").GetString() == "CLIP"));
        Assert.Contains("logit_scale", clip.GetProperty("unused").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(0, clip.GetProperty("parts")[0].GetProperty("missing").GetArrayLength());
    }

    public void Dispose() => _folder.Dispose();

    private void WriteFolder(bool aligned) => PublishedFolder.Write(_folder["weights"], _tiny, Seed, aligned);

    // The same numbers in one file of ours, with every size written out.
    private void AssertSame(SspConfig config, string result, params string[] more)
    {
        using (var scope = new Engine.TensorScope())
            SafetensorsWriter.Write(_folder["whole.safetensors"], new PublishedFiles(_tiny, Seed).Whole());
        File.WriteAllText(_folder["config.json"], ConfigJson.Write(config));
        CommandRun run = CommandRun.Of(
            ["segment", _folder["clip"], "--out", _folder["expected"], "--weights", _folder["whole.safetensors"], "--config", _folder["config.json"], .. more]);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        AssertSame("expected", result);
    }

    private void AssertSame(string expected, string result)
    {
        string[] files =
            [.. Directory.GetFiles(_folder[expected], "*.png", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder[expected], f))];
        Assert.NotEmpty(files);
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(Path.Combine(_folder[expected], f)), File.ReadAllBytes(Path.Combine(_folder[result], f))));
        Assert.Equal(Objects(expected), Objects(result));
    }

    private string Objects(string result)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder[result], "result.json")));
        return json.RootElement.GetProperty("frames").GetRawText();
    }
}
