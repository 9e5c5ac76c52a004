using System.Text.Json;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Evaluating;

/// <summary><c>ssp eval</c> on a small synthetic data set, from one stage's masks to the next stage's score.</summary>
public sealed class EvalCommandTests : IDisposable
{
    private const int Clips = 3;
    private const int Frames = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly string _data, _binary;

    public EvalCommandTests()
    {
        _data = _folder["synth"];
        SyntheticDataSet.Write(_data, new SyntheticOptions(Clips, 5, 64, Frames, SplitShares.Parse("test")), (_, _, _) => { });
        _binary = SaveCheckpoint("binary.safetensors", TinyModel.Binary);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheDocumentHasEveryProtocolClassDifficultyAndClip()
    {
        using JsonDocument document = JsonDocument.Parse(CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--json"));
        JsonElement report = document.RootElement;
        Assert.Equal(Clips * Frames, report.GetProperty("frames").GetInt32());
        Assert.Equal(["avsbench", "aavs", "global"], report.GetProperty("protocols").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal(Clips, report.GetProperty("clip_scores").GetArrayLength());

        ClipRecord[] records = [.. Enumerable.Range(0, Clips).Select(i => Record($"synth-5-{i:00000}"))];
        Assert.Equal(
            ClipRecord.AllDifficulties.Where(d => records.Any(r => r.Difficulties.Contains(d))),
            report.GetProperty("difficulties").EnumerateArray().Select(d => d.GetProperty("difficulty").GetString()));
        foreach ((JsonElement clip, ClipRecord record) in report.GetProperty("clip_scores").EnumerateArray().Zip(records))
        {
            Assert.Equal(record.Uid, clip.GetProperty("id").GetString());
            Assert.Equal(
                record.Things.Select(t => t.Label), clip.GetProperty("things").EnumerateArray().Select(t => t.GetProperty("label").GetInt32()));
        }
        Assert.Equal(
            records.SelectMany(r => r.Things).Where(t => t.Sounding.Contains(true)).Select(t => t.Class).Distinct().Order(StringComparer.Ordinal),
            report.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
    }

    // Before the model runs, and before masks are written.
    [Fact]
    public void AProtocolOfTheOtherTaskIsRefusedAtOnce()
    {
        CommandRun.AssertRefused(
            "masks of what sounds are not scored by the protocol avsbench-seen; avsbench, aavs, aavs224, global are theirs",
            "eval", _binary, "--data", _data, "--flow", "none", "--protocol", "avsbench-seen", "--save-masks", _folder["masks"]);
        Assert.False(Directory.Exists(_folder["masks"]));
        foreach (string option in (string[])["--device cpu", "--precision bf16", $"--cache {_folder["cache"]}", "--cache-limit 3"])
            CommandRun.AssertRefused("--masks runs no model", ["eval", "--masks", _folder.Path, "--data", _data, .. option.Split(' ')]);
    }

    [Fact]
    public void TablesNameProtocolsClassesAndDifficulties()
    {
        string output = CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none");
        foreach (string part in (string[])["task avs: 3 clips, 6 labelled frames", "aavs", "batches of 4 videos", "global", "sounding-", "Leaked"])
            Assert.Contains(part, output);
    }

    [Fact]
    public void MasksOfTheBinaryStageServeTheSemanticStage()
    {
        string masks = _folder["masks"];
        string semantic = SaveCheckpoint("semantic.safetensors", TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 });
        CommandRun.AssertRefused("--stage1-masks", "eval", semantic, "--data", _data);
        CommandRun.AssertRefused("use one of them", "eval", semantic, "--data", _data, "--stage1", _binary, "--stage1-masks", masks);
        CommandRun.AssertRefused(masks, "eval", semantic, "--data", _data, "--stage1-masks", masks);

        CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--save-masks", masks);
        Assert.Equal(Clips * Frames, Directory.GetFiles(masks, "*.png", SearchOption.AllDirectories).Length);
        string[] second = ["eval", semantic, "--data", _data, "--flow", "none", "--stage1-masks", masks, "--json"];
        string fromMasks = CommandRun.Succeed(second);
        Assert.Equal(fromMasks, CommandRun.Succeed("eval", semantic, "--data", _data, "--flow", "none", "--stage1", _binary, "--json"));
        using (JsonDocument document = JsonDocument.Parse(fromMasks))
            Assert.Equal(
                ["avsbench", "avsbench-without-background", "avsbench-seen", "avsbench-seen-without-background", "global"],
                document.RootElement.GetProperty("protocols").EnumerateArray().Select(p => p.GetProperty("name").GetString()));

        foreach (string same in (string[])[masks, masks + "/", Path.Combine(masks, "..", "masks")])
            CommandRun.AssertRefused($"--save-masks {same}: this is the folder that is read", [.. second, "--save-masks", same]);
        CommandRun.AssertRefused("--motion has no effect here: with --flow none", [.. second, "--motion", "camera"]);

        string mask = Path.Combine(masks, "synth-5-00001", "1.png");
        PalettePng.Save(mask, new LabelMap(5, 4));
        CommandRun.AssertRefused($"{mask}: the mask is 5×4, its frame 64×64", second);
        File.Delete(mask);
        CommandRun.AssertRefused($"{mask}: this mask", second);
    }

    // Equation (2) with the masks of a first run of the model itself.
    [Fact]
    public void ABinaryModelIsItsOwnFirstStage()
    {
        string masks = _folder["masks"];
        CommandRun.Succeed("eval", _binary, "--data", _data, "--inference-mask", "soft", "--save-masks", masks);
        string[] second = ["eval", _binary, "--data", _data, "--inference-mask", "stage1", "--json"];
        Assert.Equal(CommandRun.Succeed([.. second, "--stage1-masks", masks]), CommandRun.Succeed(second));
        Assert.NotEqual(CommandRun.Succeed("eval", _binary, "--data", _data, "--inference-mask", "none", "--json"), CommandRun.Succeed(second));
    }

    [Fact]
    public void WhatCountsAsMotionIsTheModelsUnlessTheCommandSays()
    {
        string[] command = ["eval", _binary, "--data", _data, "--inference-mask", "hard", "--json"];
        string usual = CommandRun.Succeed(command);
        Assert.Equal(usual, CommandRun.Succeed([.. command, "--motion", "clip"]));
        Assert.NotEqual(usual, CommandRun.Succeed([.. command, "--motion", "camera"]));
    }

    [Fact]
    public void EachStageReadsPromptsWithTheTokenizerItWasTrainedWith()
    {
        string vocabulary = _folder["vocab.txt"];
        File.WriteAllLines(
            vocabulary, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. "abcdefghijklmnopqrstuvwxyz".SelectMany(c => new[] { $"{c}", $"##{c}" })]);
        SspConfig config = TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 };
        string binary = SaveCheckpoint(
            "small.safetensors", TinyModel.Binary with { Text = config.Text with { VocabSize = 60 } }, PromptTokenizer.FromVocabulary(vocabulary, 60));
        string semantic = SaveCheckpoint("semantic.safetensors", config), masks = _folder["masks"];
        string[] data = ["--data", _data, "--flow", "none"];

        CommandRun.Succeed(["eval", binary, "--vocab", vocabulary, "--save-masks", masks, .. data]);
        Assert.Equal(
            CommandRun.Succeed(["eval", semantic, "--stage1-masks", masks, "--json", .. data]),
            CommandRun.Succeed(["eval", semantic, "--stage1", binary, "--vocab", vocabulary, "--json", .. data]));
        CommandRun.AssertRefused("--vocab", ["eval", binary, .. data]);
        CommandRun.AssertRefused("--vocab", ["eval", semantic, "--stage1", binary, .. data]);
        CommandRun.AssertRefused("the model embeds 40", ["eval", SaveCheckpoint(
            "short.safetensors", TinyModel.Binary with { Text = config.Text with { VocabSize = 40 } }, PromptTokenizer.FromVocabulary(vocabulary, 60)),
            "--vocab", vocabulary, .. data]);
    }

    [Fact]
    public void MasksOfOthersAreScoredAsTheModelThatMadeThem()
    {
        string masks = _folder["masks"];
        string own = CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--save-masks", masks, "--json");
        string scored = CommandRun.Succeed("eval", "--masks", masks, "--data", _data, "--json");
        foreach (string protocol in (string[])["avsbench", "aavs", "global"])
            Assert.Equal(Iou(own, protocol), Iou(scored, protocol), 12);
        Assert.InRange(Iou(scored, "aavs224"), 0, 1);
        Assert.Contains("aavs224", CommandRun.Succeed("eval", "--masks", masks, "--data", _data));
        CommandRun.AssertRefused("one of MODEL and --masks", "eval", _binary, "--masks", masks, "--data", _data);
        CommandRun.AssertRefused("--flow has no effect", "eval", "--masks", masks, "--data", _data, "--flow", "none");
        CommandRun.AssertRefused("nothing to score", "eval", "--data", _data);
        CommandRun.AssertRefused("--task has no effect", "eval", _binary, "--data", _data, "--task", "avss");
        File.Delete(Path.Combine(masks, "synth-5-00001", "1.png"));
        CommandRun.AssertRefused("1.png: this mask is missing", "eval", "--masks", masks, "--data", _data);
    }

    // As avs/scripts/save_mask.py of Stepping Stones writes them: SUBSET/UID/T.png, 224², 0 and 255 in gray.
    [Fact]
    public void MasksInTheLayoutOfAavsAreScoredAndGuideTheSemanticStage()
    {
        string masks = _folder["theirs"];
        for (int clip = 0; clip < Clips; clip++)
            for (int t = 0; t < Frames; t++)
            {
                string uid = $"synth-5-{clip:00000}";
                LabelMap truth = Palette.Read(Image.Load(Path.Combine(_data, "v2", uid, "labels_rgb", $"{t}.png")), "truth").ResizeNearest(224, 224);
                var picture = new Image(224, 224);
                for (int i = 0; i < truth.Labels.Length; i++)
                    picture.Rgb.AsSpan(3 * i, 3).Fill((byte)(truth.Labels[i] != 0 ? 255 : 0));
                picture.SavePng(Path.Combine(masks, "v2", uid, $"{t}.png"));
            }
        string scored = CommandRun.Succeed("eval", "--masks", masks, "--data", _data, "--json");
        Assert.InRange(Iou(scored, "aavs"), 0.97, 1);
        Assert.InRange(Iou(scored, "aavs224"), 0.7, 1);
        string semantic = SaveCheckpoint("semantic.safetensors", TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 });
        CommandRun.Succeed("eval", semantic, "--data", _data, "--flow", "none", "--stage1-masks", masks);
        Directory.CreateDirectory(Path.Combine(masks, "synth-5-00000"));
        File.Copy(Path.Combine(masks, "v2", "synth-5-00000", "0.png"), Path.Combine(masks, "synth-5-00000", "0.png"));
        CommandRun.AssertRefused("a mask of the same frame", "eval", "--masks", masks, "--data", _data);
    }

    [Fact]
    public void OneProtocolIsReportedAlone()
    {
        using JsonDocument document = JsonDocument.Parse(
            CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--protocol", "aavs224", "--json"));
        JsonElement only = Assert.Single(document.RootElement.GetProperty("protocols").EnumerateArray());
        Assert.Equal("aavs224", only.GetProperty("name").GetString());
        CommandRun.AssertRefused(
            "are not scored by the protocol avsbench-seen", "eval", _binary, "--data", _data, "--flow", "none", "--protocol", "avsbench-seen");
        CommandRun.AssertRefused("did you mean aavs224", "eval", _binary, "--data", _data, "--protocol", "aavs24");
    }

    [Theory]
    [InlineData("silence")]
    [InlineData("noise")]
    [InlineData("swap")]
    public void WhatIsMarkedWithAWrongSoundIsReportedBesideTheOwn(string sound)
    {
        using JsonDocument document = JsonDocument.Parse(CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--audio", sound, "--json"));
        JsonElement own = document.RootElement.GetProperty("own_sound"), wrong = document.RootElement.GetProperty("wrong_sound");
        Assert.Equal(sound, document.RootElement.GetProperty("sound").GetString());
        foreach (JsonElement shares in (JsonElement[])[own, wrong])
        {
            Assert.Equal(Clips * Frames, shares.GetProperty("frames").GetInt32());
            Assert.InRange(shares.GetProperty("marked_pixels").GetDouble(), 0, 1);
        }
        string semantic = SaveCheckpoint("semantic.safetensors", TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 });
        Assert.Contains("their own", CommandRun.Succeed("eval", semantic, "--data", _data, "--flow", "none", "--stage1", _binary, "--audio", sound));
        CommandRun.AssertRefused("the clips' own sound", "eval", semantic, "--data", _data, "--flow", "none", "--stage1-masks", _data, "--audio", sound);
    }

    [Fact]
    public void MasksAreWrittenWholeOrNotAtAll()
    {
        string masks = _folder["masks"];
        string sound = Path.Combine(_data, "v2", "synth-5-00002", "audio.wav");
        File.Move(sound, _folder["away.wav"]);
        CommandRun.AssertRefused("audio.wav", "eval", _binary, "--data", _data, "--flow", "none", "--save-masks", masks);
        Assert.False(Directory.Exists(masks));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path, "*.partial"));
        File.Move(_folder["away.wav"], sound);
        CommandRun.AssertRefused("not a former result", "eval", _binary, "--data", _data, "--save-masks", _data);
        CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--save-masks", masks);
        CommandRun.Succeed("eval", _binary, "--data", _data, "--flow", "none", "--save-masks", masks);
    }

    [Fact]
    public void RecordsThatDoNotFitNameTheirFile()
    {
        string clip = Path.Combine(_data, "v2", "synth-5-00000");
        string record = Path.Combine(clip, "clip.json"), visible = Path.Combine(clip, "visible", "1.png");
        string[] command = ["eval", _binary, "--data", _data, "--flow", "none"];
        LabelMap before = PalettePng.Load(visible);
        PalettePng.Save(visible, new LabelMap(7, 7));
        CommandRun.AssertRefused(visible, command);
        PalettePng.Save(visible, before);
        string json = File.ReadAllText(record);
        File.WriteAllText(record, json.Replace("\"things\"", "\"nothings\"", StringComparison.Ordinal));
        CommandRun.AssertRefused(record, command);
        File.WriteAllText(record, json[..^10]);
        CommandRun.AssertRefused(record, command);
        // A clip without a record is scored as AVSBench's are.
        File.Delete(record);
        CommandRun.Succeed(command);
    }

    private static double Iou(string json, string protocol)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("protocols").EnumerateArray().Single(p => p.GetProperty("name").GetString() == protocol)
            .GetProperty("mean_iou").GetDouble();
    }

    private ClipRecord Record(string uid) =>
        JsonSerializer.Deserialize<ClipRecord>(File.ReadAllText(Path.Combine(_data, "v2", uid, "clip.json")), ConfigJson.Options)!;

    private string SaveCheckpoint(string name, SspConfig config, PromptTokenizer? tokenizer = null)
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(config, device);
        using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, tokenizer ?? TinyModel.Tokenizer);
        Checkpoint.Save(_folder[name], trainer);
        return _folder[name];
    }
}
