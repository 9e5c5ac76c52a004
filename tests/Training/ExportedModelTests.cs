using System.Text.Json;
using SspNative.Cli.Segmenting;
using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;
using Shape = SspNative.Kernels.Shape;

namespace SspNative.Tests.Training;

/// <summary>What <c>ssp export</c> writes, wherever a checkpoint is taken; and what a run remembers of its command line.</summary>
public sealed class ExportedModelTests : IDisposable
{
    private static readonly TrainingOptions _options = TinyModel.Options with
    {
        Tau = Tau.Of(0.3f),
        InferenceMask = InferenceMaskMode.Hard,
        Motion = MotionMeasure.Camera,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string _data, _binary, _semantic;

    public ExportedModelTests()
    {
        _data = _folder["synth"];
        SyntheticDataSet.Write(_data, new SyntheticOptions(2, 5, 64, 2, SplitShares.Parse("0.5,0.5,0")), (_, _, _) => { });
        _binary = SaveCheckpoint("binary.safetensors", TinyModel.Binary, 3);
        _semantic = SaveCheckpoint("semantic.safetensors", TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 }, 4);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnExportedModelScoresAsItsCheckpoint()
    {
        string whole = Export(_binary, "whole.safetensors"), half = Export(_binary, "half.safetensors", "--half");
        string[] command = ["--data", _data, "--split", "val", "--flow", "pyramid", "--json"];
        string score = CommandRun.Succeed(["eval", _binary, .. command]);
        Assert.Equal(score, CommandRun.Succeed(["eval", whole, .. command]));
        Assert.Equal(MeanIou(score), MeanIou(CommandRun.Succeed(["eval", half, .. command])), 0.02);
        using TrainedModel model = TrainedModel.Open(half);
        Assert.Equal(_options.Inference, model.Options.Inference);

        string clip = _folder["synth/v2/synth-5-00001"];
        byte[] Mask(string weights, string name)
        {
            CommandRun.Succeed("segment", clip, "--out", _folder[name], "--weights", weights);
            using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder[name], "result.json")));
            Assert.Equal("hard", report.RootElement.GetProperty("inference_mask").GetString());
            Assert.Equal("camera", report.RootElement.GetProperty("motion").GetString());
            return PalettePng.Load(Path.Combine(_folder[name], "masks", "0000.png")).Labels;
        }
        byte[] first = Mask(_binary, "of-checkpoint"), second = Mask(half, "of-export");
        Assert.True(first.Distinct().Count() > 1, $"all is {first[0]}");
        Assert.InRange(first.Zip(second).Count(p => p.First != p.Second), 0, first.Length / 50);
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("whole")]
    [InlineData("half")]
    [InlineData("converted")]
    public void AFlippedBitInWeightsIsRefused(string kind)
    {
        string path = kind switch
        {
            "whole" => Export(_binary, "f.safetensors"),
            "half" => Export(_binary, "f.safetensors", "--half"),
            "converted" => _folder["f.safetensors"],
            _ => _binary,
        };
        if (kind == "converted")
            CommandRun.Succeed("convert", _binary, "--out", path, "--half");
        string clip = _folder["synth/v2/synth-5-00001"];
        CommandRun.Succeed("segment", clip, "--out", _folder["before"], "--weights", path);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(path, bytes);
        CommandRun.AssertRefused("the file is damaged", "segment", clip, "--out", _folder["after"], "--weights", path);
        Assert.False(Directory.Exists(_folder["after"]));
        if (kind != "converted")
            CommandRun.AssertRefused("the file is damaged", "eval", path, "--data", _data, "--split", "val");
        if (kind == "checkpoint")
            CommandRun.AssertRefused("the file is damaged", "export", path, "--out", _folder["g.safetensors"]);
    }

    [Fact]
    public void ExportedFilesAreBothStagesOfTaskAvss()
    {
        string binary = Export(_binary, "b.safetensors"), semantic = Export(_semantic, "s.safetensors");
        string[] command = ["--data", _data, "--split", "val", "--json"];
        string score = CommandRun.Succeed(["eval", _semantic, "--stage1", _binary, .. command]);
        Assert.Equal(score, CommandRun.Succeed(["eval", semantic, "--stage1", binary, .. command]));

        string clip = _folder["synth/v2/synth-5-00001"];
        CommandRun.Succeed("segment", clip, "--out", _folder["one"], "--weights", semantic, "--stage1", binary);
        CommandRun.Succeed("segment", clip, "--out", _folder["two"], "--weights", _semantic, "--stage1-weights", _binary);
        foreach (string mask in Directory.GetFiles(_folder["one/masks"]))
            Assert.Equal(File.ReadAllBytes(mask), File.ReadAllBytes(Path.Combine(_folder["two/masks"], Path.GetFileName(mask))));
        CommandRun.AssertRefused("not a model of the binary stage", "segment", clip, "--out", _folder["three"], "--weights", semantic, "--stage1", semantic);
        CommandRun.AssertRefused("not a model of the binary stage", ["eval", semantic, "--stage1", semantic, .. command]);
        CommandRun.AssertRefused("--stage1", "segment", clip, "--out", _folder["three"], "--weights", semantic);
    }

    // A binary stage has no masks of a stage before it, and runs once.
    [Fact]
    public void ABinaryStageIsNotItsOwnFirstRun()
    {
        string Binary(InferenceMaskMode mode) => SaveCheckpoint($"{mode}.safetensors", TinyModel.Binary, 3, _options with { InferenceMask = mode });
        string first = Binary(InferenceMaskMode.Stage1), soft = Binary(InferenceMaskMode.Soft), clip = _folder["synth/v2/synth-5-00001"];
        string[] command = ["--data", _data, "--split", "val", "--flow", "pyramid", "--json"];
        string Score(string binary) => CommandRun.Succeed(["eval", _semantic, "--stage1", binary, .. command]);
        Assert.Equal(Score(soft), Score(first));
        CommandRun.Succeed("segment", clip, "--out", _folder["soft"], "--weights", _semantic, "--stage1", soft);
        CommandRun.Succeed("segment", clip, "--out", _folder["first"], "--weights", _semantic, "--stage1", first);
        foreach (string mask in Directory.GetFiles(_folder["soft/masks"]))
            Assert.Equal(File.ReadAllBytes(mask), File.ReadAllBytes(Path.Combine(_folder["first/masks"], Path.GetFileName(mask))));
    }

    [Fact]
    public void TheMasksThatSegmentFindsAreThoseThatEvalScores()
    {
        string semantic = Export(_semantic, "s.safetensors"), binary = Export(_binary, "b.safetensors");
        string id = "synth-5-00001";
        // Neither way has prompts or exact flow here.
        File.Delete(_folder[$"synth/v2/{id}/prompts.json"]);
        CommandRun.Succeed("eval", semantic, "--stage1", binary, "--data", _data, "--split", "val", "--flow", "pyramid", "--save-masks", _folder["scored"]);
        CommandRun.Succeed("segment", _folder[$"synth/v2/{id}"], "--out", _folder["found"], "--weights", semantic, "--stage1", binary);
        for (int t = 0; t < 2; t++)
        {
            byte[] scored = PalettePng.Load(Path.Combine(_folder["scored"], id, $"{t}.png")).Labels;
            Assert.True(scored.Distinct().Count() > 1, $"all is {scored[0]}");
            Assert.Equal(scored, PalettePng.Load(Path.Combine(_folder["found"], "masks", $"{t:0000}.png")).Labels);
        }
    }

    [Theory]
    [InlineData(SegmentationTask.Avs, InferenceMaskMode.Soft)]
    [InlineData(SegmentationTask.Avss, InferenceMaskMode.Stage1)]
    public void AFileWithoutTrainingOptionsHasTheDefaults(SegmentationTask task, InferenceMaskMode mask)
    {
        string path = _folder["old.safetensors"];
        using (var scope = new TensorScope())
            SafetensorsWriter.Write(
                path, new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros([1], TestDevices.Shared) },
                new Dictionary<string, string>
                {
                    ["config"] = JsonSerializer.Serialize(task == SegmentationTask.Avs ? TinyModel.Binary : TinyModel.Semantic, ConfigJson.Options),
                });
        using TrainedModel old = TrainedModel.Open(path);
        Assert.Equal(new InferenceSettings(Tau.Default, mask, MotionMeasure.Clip), old.Options.Inference);
        CommandRun.AssertRefused("no such checkpoint", "eval", _folder["none.safetensors"], "--data", _data);
        using (var scope = new TensorScope())
            SafetensorsWriter.Write(path + "2", new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros([1], TestDevices.Shared) });
        CommandRun.AssertRefused("neither a checkpoint", "eval", path + "2", "--data", _data);
    }

    [Fact]
    public void AnAbsentBundledModelIsSaid()
    {
        Assert.Contains("--weights and --stage1", Assert.Throws<InputException>(() => BundledModel.Weights("avss", _folder.Path)).Message);
        Assert.Contains("give --weights", Assert.Throws<InputException>(() => BundledModel.Weights(null, _folder.Path)).Message);
        File.WriteAllText(_folder["synth-avss.safetensors"], "");
        Assert.Equal(_folder["synth-avss.safetensors"], BundledModel.Weights("avss", _folder.Path));
    }

    [Fact]
    public void AResumedRunReadsWhatItWasBegunWith()
    {
        string masks = _folder["masks"];
        CommandRun.Succeed("eval", _binary, "--data", _data, "--split", "val", "--save-masks", masks);
        SspConfig sizes = TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 };
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(sizes, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(TinyModel.Options with { Epochs = 1 }, ConfigJson.Options));
        string[] train =
        [
            "train", "--data", _data, "--config", _folder["tiny.json"], "--options", _folder["options.json"], "--subset", "v2", "--flow", "none",
        ];
        string[] resume = ["train", "--data", _data, "--out", _folder["run"], "--resume"];
        CommandRun.AssertRefused("--stage1-masks", [.. train, "--out", _folder["run"]]);
        Assert.False(TrainingPlan.IsIn(_folder["run"]));
        CommandRun.Succeed([.. train, "--out", _folder["run"], "--stage1-masks", masks]);

        Assert.Equal(new TrainingInputs("none", "v2", null, null, masks, null, null, RankHashes.OfDataSet(_data)), TrainingPlan.Read(_folder["run"]).Inputs);
        byte[] whole = File.ReadAllBytes(_folder["run/last.safetensors"]);
        File.Delete(_folder["run/last.safetensors"]);
        CommandRun.Succeed(resume);
        Assert.Equal(whole, File.ReadAllBytes(_folder["run/last.safetensors"]));
        CommandRun.Succeed([.. resume, "--flow", "none", "--stage1-masks", masks]);
        CommandRun.AssertRefused("begun with --flow none, so it cannot go on with exact", [.. resume, "--flow", "exact"]);
        CommandRun.AssertRefused("begun with --subset v2, so it cannot go on with v1s", [.. resume, "--subset", "v1s"]);
        CommandRun.AssertRefused("begun with no --prompt-level, so it cannot go on with b", [.. resume, "--prompt-level", "b"]);
        CommandRun.AssertRefused($"begun with --stage1-masks {masks}, so it cannot go on with {_data}", [.. resume, "--stage1-masks", _data]);
        CommandRun.AssertRefused($"begun with no --stage1, so it cannot go on with {_binary}", [.. resume, "--stage1", _binary]);
        CommandRun.AssertRefused($"begun with no --vocab, so it cannot go on with {_data}", [.. resume, "--vocab", _data]);

        string binary = Export(_binary, "b.safetensors");
        CommandRun.Succeed([.. train, "--out", _folder["other"], "--stage1", binary]);
        Assert.Equal(binary, TrainingPlan.Read(_folder["other"]).Inputs!.Stage1);
    }

    private static double MeanIou(string json)
    {
        using JsonDocument report = JsonDocument.Parse(json);
        return report.RootElement.GetProperty("protocols")[0].GetProperty("mean_iou").GetDouble();
    }

    private string Export(string checkpoint, string name, params string[] more)
    {
        CommandRun.Succeed(["export", checkpoint, "--out", _folder[name], .. more]);
        return _folder[name];
    }

    private string SaveCheckpoint(string name, SspConfig config, ulong seed, TrainingOptions? options = null)
    {
        using IDevice device = TinyModel.Device();
        using var model = new TrainingModel(config, new EagerSource(new InitialWeights(seed)), device);
        using var trainer = new Trainer(model, new MadeClips(1), options ?? _options, TinyModel.Tokenizer);
        Checkpoint.Save(_folder[name], trainer);
        return _folder[name];
    }

    // With these weights queries are sure of their classes and pixels, so that masks are not empty.
    private sealed class EagerSource(IParameterSource source) : IParameterSource
    {
        public string Description => source.Description;

        public string? Problem(ParameterSpec parameter) => source.Problem(parameter);

        public bool Has(string name) => source.Has(name);

        public Tensor Load(ParameterSpec parameter, IDevice device)
        {
            (string name, Shape shape, _, _) = parameter;
            if (name == "model.class_predictor.weight" || name.Contains("mask_embedder", StringComparison.Ordinal))
            {
                float[] larger = [.. source.Load(parameter, device).ToArray().Select(v => 6 * v)];
                return Tensor.FromArray(larger, shape, device);
            }
            if (name != "model.class_predictor.bias")
                return source.Load(parameter, device);
            float[] bias = new float[shape.Count];
            bias[^1] = -8;
            return Tensor.FromArray(bias, shape, device);
        }
    }
}
