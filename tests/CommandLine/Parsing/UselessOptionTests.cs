using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Engine.Serialization;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Networks;
using SspNative.Model.Weights;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Parsing;

/// <summary>Options that would change nothing are refused, and several weight files serve as one model.</summary>
public sealed class UselessOptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public UselessOptionTests()
    {
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["silent.json"], JsonSerializer.Serialize(TinyModel.Binary with { TextFusion = TextFusion.None }, ConfigJson.Options));
        File.WriteAllText(_folder["prompts.json"], """{"A1": "a", "A2": "b"}""");
        File.WriteAllLines(_folder["vocab.txt"], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--stage1 no effect: only task avss", "segment CLIP --out OUT --weights procedural --config TINY --flow none --stage1 procedural")]
    [InlineData("--flow-size no effect: only --flow perceiver", "segment CLIP --out OUT --weights procedural --config TINY --flow pyramid --flow-size native")]
    [InlineData("--tau no effect: with --flow none", "segment CLIP --out OUT --weights procedural --config TINY --flow none --tau 0.5")]
    [InlineData(
        "--tau no effect: with --inference-mask none",
        "segment CLIP --out OUT --weights procedural --config TINY --flow pyramid --inference-mask none --tau 0.5")]
    [InlineData("--motion no effect: with --flow none", "segment CLIP --out OUT --weights procedural --config TINY --flow none --motion clip")]
    [InlineData(
        "--motion no effect: with --inference-mask none",
        "segment CLIP --out OUT --weights procedural --config TINY --flow pyramid --inference-mask none --motion clip")]
    [InlineData("--motion no effect: no optical mask", "eval MODEL --data SET --inference-mask none --motion camera")]
    [InlineData("--inference-mask no effect: with --flow none", "segment CLIP --out OUT --weights procedural --config TINY --flow none --inference-mask hard")]
    [InlineData("--vocab no effect: the model was trained on hashed words", "segment CLIP --out OUT --prompts PROMPTS --vocab VOCAB")]
    [InlineData("--prompts no effect: the model reads no text", "segment CLIP --out OUT --weights procedural --config SILENT --flow none --prompts PROMPTS")]
    [InlineData("--vocab no effect: the model was trained on hashed words", "eval MODEL --data SET --vocab VOCAB")]
    [InlineData("--stage1 no effect: MODEL takes no masks", "eval MODEL --data SET --stage1 MODEL")]
    [InlineData("--stage1-masks no effect: MODEL takes no masks", "eval MODEL --data SET --stage1-masks SET")]
    [InlineData("--cache-limit no effect: no cache is kept", "eval MODEL --data SET --cache-limit 3")]
    [InlineData("--cache-limit no effect: no cache is kept", "train --data SET --out OUT --config TINY --cache none --cache-limit 3")]
    [InlineData("--stage1 no effect: only task avss", "train --data SET --out OUT --config TINY --stage1 MODEL")]
    [InlineData("--stage1-masks no effect: only task avss", "train --data SET --out OUT --config TINY --stage1-masks SET")]
    [InlineData("--vocab no effect: the model reads no text", "train --data SET --out OUT --config SILENT --vocab VOCAB")]
    [InlineData("--config no effect: --resume goes on", "train --data SET --out OUT --resume --config TINY")]
    [InlineData("--weights no effect: --resume goes on", "train --data SET --out OUT --resume --weights initial")]
    [InlineData("--peer no effect: --peer-command names", "bench kernels --only softmax --quick --peer libtorch --peer-command cat")]
    [InlineData("--overwrite no effect: only --plot", "bench kernels --only softmax --quick --overwrite")]
    [InlineData("--overwrite no effect: only --trace", "profile segment CLIP --weights procedural --config TINY --flow none --overwrite")]
    public void AnOptionThatWouldChangeNothingIsRefused(string reason, string line)
    {
        SyntheticDataSet.Write(_folder["set"], new SyntheticOptions(1, 5, 32, 2, SplitShares.Parse("test")), (_, _, _) => { });
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        string said = CommandRun.Refused(Arguments(line));
        string[] parts = reason.Split(" no effect: ");
        Assert.StartsWith($"{parts[0]} has no effect here: {string.Join(' ', Arguments(parts[1]))}", said);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
    }

    // The binary stage may read text where the semantic one reads none.
    [Fact]
    public void AVocabularyIsOfUseToTheStageBefore()
    {
        SyntheticDataSet.Write(_folder["set"], new SyntheticOptions(1, 5, 32, 2, SplitShares.Parse("test")), (_, _, _) => { });
        CommandRun.AssertRefused(
            "no such checkpoint",
            Arguments($"train --data SET --out OUT --config SILENT --task avss --stage1 {_folder["none.safetensors"]} --vocab VOCAB"));
    }

    [Fact]
    public void APartBesideAModelLeavesItsSizesAndItsFlow()
    {
        string model = SaveWeights("model.safetensors", TinyModel.Binary, "vggish."), sound = SaveWeights("sound.safetensors", null, "vggish.", only: true);
        string[] command = ["segment", Repository.Path("examples/clock-and-guitar"), "--weights", model, "--weights", sound, "--json"];
        JsonElement report = Segment([.. command, "--out", _folder["one"]]);
        Assert.Equal("pyramid", report.GetProperty("flow").GetString());
        Assert.Equal("pyramid", Segment([.. command, "--config", _folder["tiny.json"], "--out", _folder["two"]]).GetProperty("flow").GetString());

        // One file of the two is the same model.
        CommandRun.Succeed("convert", model, sound, "--out", _folder["both.safetensors"]);
        ModelCard card = ModelCard.Read(model)!, joined = ModelCard.Read(_folder["both.safetensors"])!;
        Assert.Equal(ConfigJson.Write(card.Config), ConfigJson.Write(joined.Config));
        Assert.Equal((card.HashesWords, card.Note, card.Inference), (joined.HashesWords, joined.Note, joined.Inference));
        Segment(["segment", Repository.Path("examples/clock-and-guitar"), "--weights", _folder["both.safetensors"], "--json", "--out", _folder["three"]]);
        foreach (string mask in Directory.GetFiles(_folder["one/masks"]))
            Assert.Equal(File.ReadAllBytes(mask), File.ReadAllBytes(Path.Combine(_folder["three/masks"], Path.GetFileName(mask))));
    }

    [Fact]
    public void TwoModelsOfDifferentSizesAreNamed()
    {
        string one = SaveWeights("one.safetensors", TinyModel.Binary, "none.");
        string two = SaveWeights("two.safetensors", TinyModel.Binary with { AudioHidden = 16 }, "none.");
        string line = CommandRun.Refused("segment", Repository.Path("examples/clock-and-guitar"), "--out", _folder["out"], "--weights", one, "--weights", two);
        Assert.StartsWith($"{one} and {two} are models of different configurations", line);
    }

    [Theory]
    [InlineData("1", "0.0 s", "1.0 s")]
    [InlineData("24", "0.00 s", "0.04 s")]
    [InlineData("240", "0.000 s", "0.004 s")]
    public void TimesTellFramesApart(string fps, string first, string second)
    {
        CommandRun run = CommandRun.Of(
            "segment", Repository.Path("examples/clock-and-guitar"), "--out", _folder["out"], "--weights", "procedural", "--config", _folder["tiny.json"],
            "--flow", "none", "--fps", fps);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        string[] lines = run.Output.Split('\n');
        Assert.StartsWith(first, lines[0]);
        Assert.StartsWith(second, lines[1]);
    }

    private static JsonElement Segment(string[] command)
    {
        CommandRun run = CommandRun.Of(command);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    // The tiny model's procedural weights without those under a prefix, or those alone, with a card where sizes are given.
    private string SaveWeights(string name, SspConfig? card, string prefix, bool only = false)
    {
        using var scope = new TensorScope();
        SspConfig config = card ?? TinyModel.Binary;
        using var store = new ParameterStore(new ProceduralSource(1), CpuDevice.Default);
        _ = new Ssp(store.Root, config);
        _ = Ssp.MakeVggish(store.Root, config);
        var metadata = new Dictionary<string, string>();
        if (card is not null)
            (metadata["config"], metadata["tokenizer"]) = (JsonSerializer.Serialize(card, ConfigJson.Options), "hashing");
        SafetensorsWriter.Write(
            _folder[name], store.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) == only).ToDictionary(n => n, n => store[n]), metadata);
        return _folder[name];
    }

    private string[] Arguments(string line) =>
    [
        .. line.Split(' ').Select(a => a switch
        {
            "CLIP" => Repository.Path("examples/clock-and-guitar"),
            "MODEL" => Repository.Path("models/synth-avs.safetensors"),
            "SET" => _folder["set"],
            "OUT" => _folder["out"],
            "TINY" => _folder["tiny.json"],
            "SILENT" => _folder["silent.json"],
            "PROMPTS" => _folder["prompts.json"],
            "VOCAB" => _folder["vocab.txt"],
            _ => a,
        }),
    ];
}
