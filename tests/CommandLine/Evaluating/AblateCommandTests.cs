using System.Text.Json;
using System.Text.Json.Nodes;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Evaluating;

/// <summary><c>ssp ablate</c> on a tiny data set.</summary>
[LeakCheck]
public sealed class AblateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AblateCommandTests()
    {
        CommandRun.Of("data", "synth", "--out", _folder["set"], "--seed", "1", "--clips", "3", "--size", "32", "--frames", "2", "--split", "0.67,0,0.33");
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(
            TinyModel.Options with { Epochs = 1, Trainable = TrainableSet.Heads }, ConfigJson.Options));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnAblationIsOneCommandThatGoesOnWhereItWasInterrupted()
    {
        (_, string tables, string log) = CommandRun.Of(Command("whole"));
        Assert.Contains("share 0.5", tables);
        Assert.Contains("training 6 of 6", log);
        foreach (string file in (string[])["results.md", "ground-truth.png", "ground-truth-difficulties.png"])
            Assert.True(File.Exists(_folder[$"whole/{file}"]), file);

        string[] runs = Directory.GetDirectories(_folder["whole/runs"]);
        Assert.Equal(6, runs.Length);
        string before = Tables("whole");
        // Killed between training and scoring, and before a training began.
        File.Delete(Path.Combine(runs[1], "score.json"));
        Directory.Delete(runs[3], recursive: true);
        (_, _, log) = CommandRun.Of(Command("whole"));
        Assert.Contains("training 2 of 2", log);
        Assert.Equal(before, Tables("whole"));

        // Scores of earlier versions tell nothing clip by clip.
        JsonNode score = JsonNode.Parse(File.ReadAllText(Path.Combine(runs[2], "score.json")))!;
        Assert.True(score.AsObject().Remove("clips"));
        File.WriteAllText(Path.Combine(runs[2], "score.json"), score.ToJsonString());
        Assert.Equal(ExitCodes.Success, CommandRun.Of(Command("whole")).Code);
        Assert.Equal(before, Tables("whole"));

        File.WriteAllText(Path.Combine(runs[1], "score.json"), "{");
        (int code, _, log) = CommandRun.Of(Command("whole"));
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains($"{Path.Combine(runs[1], "score.json")}: not the score of a training: no JSON", log);
    }

    // Each is another question: other motion, other first weights of the same name, other clips of the same names.
    [Fact]
    public void WhatIsAskedOtherwiseIsTrainedAnew()
    {
        string[] once = [.. Command("one", seeds: "1"), "--flow", "none"];
        Assert.Contains("training 3 of 3", CommandRun.Of(once).Error);
        Assert.DoesNotContain("training", CommandRun.Of(once).Error);
        Assert.Contains("training 3 of 3", CommandRun.Of(Command("one", seeds: "1")).Error);

        string last = Path.Combine(Directory.GetDirectories(_folder["one/runs"])[0], "last.safetensors"), weights = _folder["first.safetensors"];
        File.Copy(last, weights);
        Assert.Contains("training 3 of 3", CommandRun.Of([.. once, "--weights", weights]).Error);
        File.Copy(Path.Combine(Directory.GetDirectories(_folder["one/runs"])[1], "last.safetensors"), weights, overwrite: true);
        Assert.Contains("training 3 of 3", CommandRun.Of([.. once, "--weights", weights]).Error);

        string vocabulary = _folder["vocab.txt"];
        File.WriteAllLines(vocabulary, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"]);
        Assert.Contains("training 3 of 3", CommandRun.Of([.. once, "--vocab", vocabulary]).Error);
        File.AppendAllText(vocabulary, "c\n");
        Assert.Contains("training 3 of 3", CommandRun.Of([.. once, "--vocab", vocabulary]).Error);
        Assert.DoesNotContain("±", File.ReadAllText(_folder["one/results.md"]).Split("| variant |")[1]);

        Directory.Delete(_folder["set"], recursive: true);
        CommandRun.Succeed(
            "data", "synth", "--out", _folder["set"], "--seed", "1", "--clips", "3", "--size", "32", "--frames", "2", "--split", "0.67,0,0.33", "--noise", "9");
        Assert.Contains("training 3 of 3", CommandRun.Of(once).Error);
    }

    // Only the rows with text need a text encoder, and they come after others.
    [Fact]
    public void AllVariantsAreLookedAtBeforeTheFirstIsTrained()
    {
        File.WriteAllText(_folder["plain.json"], JsonSerializer.Serialize(TinyModel.Binary with { TextFusion = TextFusion.None }, ConfigJson.Options));
        CommandRun.Succeed(
            "data", "synth", "--out", _folder["other"], "--seed", "2", "--clips", "2", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0");
        CommandRun.Succeed(
            "train", "--data", _folder["other"], "--out", _folder["plain"], "--config", _folder["plain.json"], "--options", _folder["options.json"]);
        CommandRun run = CommandRun.Of([
            .. Command("checked", study: "table2"), "--weights", _folder["plain/last.safetensors"]]);
        Assert.Equal(ExitCodes.BadInput, run.Code);
        Assert.Contains(": missing", run.Error);
        Assert.DoesNotContain("training 1", run.Error);
    }

    [Fact]
    public void WhatCannotBeRunIsRefused()
    {
        Assert.Equal(ExitCodes.BadInput, CommandRun.Of([.. Command("bad"), "--study", "table3"]).Code);
        Assert.Equal(ExitCodes.BadInput, CommandRun.Of([.. Command("bad"), "--clips", "0"]).Code);
        Assert.False(Directory.Exists(_folder["bad"]));
        // Other programs have a folder of this name too.
        Directory.CreateDirectory(_folder["others/runs/exp1"]);
        File.WriteAllText(_folder["others/results.json"], "mine");
        CommandRun.AssertRefused("others", Command("others"));
        Assert.Equal("mine", File.ReadAllText(_folder["others/results.json"]));
    }

    [Fact]
    public void TheSemanticStageIsStudiedOnWhatABinaryStageFinds()
    {
        CommandRun.Of(Command("binary"));
        string binary = Path.Combine(Directory.GetDirectories(_folder["binary/runs"])[0], "last.safetensors");
        File.WriteAllText(
            _folder["semantic.json"], JsonSerializer.Serialize(TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 }, ConfigJson.Options));
        string[] command = Command("semantic", study: "table2", config: "semantic.json", seeds: "1");
        (int code, string tables, string log) = CommandRun.Of([.. command, "--stage1", binary]);
        Assert.True(code == ExitCodes.Success, log);
        Assert.Contains("training 7 of 7", log);
        Assert.Contains("full", tables);

        (code, _, log) = CommandRun.Of(command);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--stage1", log);
        (code, _, log) = CommandRun.Of([.. Command("binary"), "--stage1", binary]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--stage1 has no effect here", log);
    }

    private string Tables(string folder) =>
        JsonDocument.Parse(File.ReadAllText(_folder[$"{folder}/results.json"])).RootElement.GetProperty("tables").GetRawText();

    private string[] Command(string folder, string study = "ground-truth", string config = "tiny.json", string seeds = "2") =>
    [
        "ablate", "--data", _folder["set"], "--out", _folder[folder], "--config", _folder[config], "--options", _folder["options.json"],
        "--seeds", seeds, "--study", study,
    ];
}
