using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Evaluation;
using SspNative.Model.Media;
using SspNative.Model.Metrics;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Evaluation;

public sealed class EvaluatorTests
{
    private const int Clips = 5;

    [Fact]
    public void BinaryMasksAreScoredByThreeProtocolsAndByWhatSounds()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        var data = new MadeClips(Clips) { Change = c => c with { HasClasses = true } };
        var masks = new List<SegmentedClip>();
        EvaluationReport report = Evaluate(model, data, masks.Add);
        Assert.Equal(("avs", Clips, 2 * Clips), (report.Task, report.Clips, report.Frames));

        // The same figures from the masks alone: with masks for scores only F is another, so IoU is compared.
        AvsBinaryMetrics four = new(AvsProtocol.AvsBench), one = new(AvsProtocol.Aavs);
        var global = new GlobalConfusion(2);
        var clipIou = new List<double>();
        for (int i = 0; i < Clips; i++)
        {
            byte[][] truth = [.. data.Load(i).Labels.Select(l => Array.ConvertAll(l!.Labels, v => v != 0 ? (byte)1 : (byte)0))];
            byte[] found = [.. masks[i].Labels.SelectMany(l => l.Labels)], all = [.. truth.SelectMany(t => t)];
            var video = new AvsBinaryMetrics(AvsProtocol.Aavs);
            foreach (AvsBinaryMetrics metrics in (AvsBinaryMetrics[])[four, one, video])
                metrics.AddVideo(found, Array.ConvertAll(found, m => (float)m), all, MadeClips.Size * MadeClips.Size);
            clipIou.Add(video.Report().MeanIou);
            global.AddFrame(found, all);
        }
        Assert.Equal(four.Report().MeanIou, report.By(ProtocolNames.AvsBench).MeanIou, 1e-12);
        Assert.Equal(one.Report().MeanIou, report.By(ProtocolNames.Aavs).MeanIou, 1e-12);
        Assert.Equal(global.Report().MeanIou, report.By(ProtocolNames.Global).MeanIou, 1e-12);
        Assert.Equal(global.Report().FScore, report.By(ProtocolNames.Global).FScore, 1e-12);
        Assert.Equal(clipIou, report.ClipScores.Select(c => c.MeanIou));
        // One clip of each class, so a class has its clip's score.
        Assert.Equal(Palette.ClassNames.Skip(1).Take(Clips), report.Classes.Select(c => c.Name));
        Assert.Equal(clipIou, report.Classes.Select(c => c.MeanIou));
        Assert.All(report.Classes, c => Assert.Equal(2, c.Frames));
        Assert.Empty(report.Difficulties);
        Assert.Throws<ArgumentException>(() => report.By(ProtocolNames.AvsBenchSeen));
    }

    [Fact]
    public void ValidationIsPartOfTheReport()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        var data = new MadeClips(2) { Change = c => c with { HasClasses = false } };
        EvaluationReport report = Evaluate(model, data);
        ValidationScore score = new Validator(data, model.Config, TinyModel.Options, TinyModel.Tokenizer).Run(model);
        ProtocolScore aavs = report.By(ProtocolNames.Aavs);
        Assert.Equal(new ValidationScore(ProtocolNames.Aavs, report.Frames, aavs.MeanIou, aavs.FScore), score);
        Assert.Empty(report.Classes);
    }

    [Fact]
    public void WhatIsFoundAgainIsPerfectByEveryProtocol()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Semantic, device);
        var data = new MadeClips(3) { Change = c => c with { Stage1Masks = c.Labels, HasClasses = true } };
        var masks = new Dictionary<string, SegmentedClip>();
        EvaluationReport first = Evaluate(model, data, c => masks.Add(c.Id, c));
        Assert.True(first.By(ProtocolNames.AvsBenchSeen).MeanIou < 1);

        var again = new MadeClips(3) { Change = c => c with { Stage1Masks = c.Labels, Labels = [.. masks[c.Id].Labels], HasClasses = true } };
        EvaluationReport report = Evaluate(model, again);
        int seen = masks.Values.SelectMany(m => m.Labels).SelectMany(l => l.Labels).Distinct().Count();
        Assert.Equal("avss", report.Task);
        Assert.Equal(seen, report.Classes.Count);
        Assert.Equal(seen / 8.0, report.By(ProtocolNames.AvsBench).MeanIou, 1e-12);
        Assert.Equal(1, report.By(ProtocolNames.AvsBenchSeen).MeanIou, 1e-12);
        Assert.Equal(1, report.By(ProtocolNames.Global).MeanIou, 1e-12);
        Assert.Equal(1, report.By(ProtocolNames.Global).FScore, 1e-12);
        Assert.All(report.ClipScores, c => Assert.Equal(1, c.MeanIou, 1e-12));
    }

    [Fact]
    public void WhatSoundsIsToBeFoundAndWhatIsSilentIsNot()
    {
        // Class 3 stands left and sounds in frame 0 alone; class 5 stands right and is always silent. Two rows of four pixels.
        var visible = new LabelMap(4, 2, [3, 3, 0, 5, 3, 3, 0, 5]);
        var scene = new KnownScene(
            ["sounding-moving", "silent-still", "occlusion"],
            [new KnownThing(3, "sounding-moving", [true, false]), new KnownThing(5, "silent-still", [false, false])], [visible, visible]);
        LabelMap[] masks = [new(4, 2, [3, 7, 0, 5, 3, 0, 0, 0]), new(4, 2, [3, 0, 0, 0, 0, 0, 3, 3])];
        IReadOnlyList<ThingScore> things = ThingScore.Score(scene, [0, 1], masks, haveClasses: true);
        Assert.Equal([new ThingScore(3, "sounding-moving", 4, 3, 2, 4, 1), new ThingScore(5, "silent-still", 0, 0, 0, 4, 2)], things);
        Assert.All(ThingScore.Score(scene, [0, 1], masks, haveClasses: false), t => Assert.Null(t.NamedPixels));
        Assert.Equal(0, ThingScore.Score(scene, [1], [masks[1]], haveClasses: true)[0].SoundingPixels);

        var hard = new ClipScore("hard", 2, 0.5, scene.Difficulties, things);
        var easy = new ClipScore("easy", 2, 0.75, ["sounding-moving"], [things[0] with { FoundPixels = 4 }]);
        Assert.Equal(
        [
            new DifficultyScore("sounding-moving", 2, 0.625, 2, 7 / 8.0, 4 / 8.0, 2 / 8.0),
            new DifficultyScore("silent-still", 1, 0.5, 1, null, null, 0.5),
            new DifficultyScore("occlusion", 1, 0.5, 2, 0.75, 0.5, 3 / 8.0),
        ],
        DifficultyScore.Summarise([hard, easy]));
    }

    [Fact]
    public void MasksOfTheBinaryStageAreReadByTheSemanticOne()
    {
        using var folder = new TemporaryFolder();
        using IDevice device = TinyModel.Device();
        var data = new MadeClips(3) { Change = c => c with { Labels = [null, c.Labels[1]] } };
        var found = new Dictionary<string, SegmentedClip>();
        using (TrainingModel binary = TinyModel.Create(TinyModel.Binary, device))
        using (var masks = new MaskDirectory(folder["masks"], data))
        {
            Evaluate(binary, data, clip =>
            {
                found.Add(clip.Id, clip);
                masks.Write(clip);
            });
            Assert.False(Directory.Exists(folder["masks"]));
            masks.Commit("binary");
        }

        var second = new Stage1FolderDataset(data, folder["masks"]);
        for (int i = 0; i < data.Count; i++)
        {
            IReadOnlyList<LabelMap?> stage1 = second.Load(i).Stage1Masks!;
            Assert.Equal([1], found[second.Id(i)].Frames);
            Assert.Null(stage1[0]);
            Assert.Equal(found[second.Id(i)].Labels[0].Labels, stage1[1]!.Labels);
        }
        using TrainingModel semantic = TinyModel.Create(TinyModel.Semantic, device);
        Assert.Equal(3, Evaluate(semantic, second).Frames);
        ValidationScore score = new Validator(second, semantic.Config, TinyModel.Options, TinyModel.Tokenizer).Run(semantic);
        Assert.Equal((ProtocolNames.AvsBenchSeen, 3), (score.Protocol, score.Frames));
    }

    /// <summary>Whatever is marked sounds, as 255 in a mask of two shades, or a class of a semantic model.</summary>
    [Fact]
    public void AnyLabelOfABinaryMaskSounds()
    {
        using var folder = new TemporaryFolder();
        var data = new MadeClips(2) { Change = c => c with { Labels = [null, c.Labels[1]] } };
        EvaluationReport Scored(byte label)
        {
            string path = folder[$"{label}"];
            using (var masks = new MaskDirectory(path, data))
            {
                for (int i = 0; i < data.Count; i++)
                {
                    LabelMap truth = data.Load(i).Labels[1]!;
                    var mask = new LabelMap(truth.Width, truth.Height, Array.ConvertAll(truth.Labels, l => l == 0 ? (byte)0 : label));
                    masks.Write(new SegmentedClip(data.Id(i), [1], [mask]));
                }
                masks.Commit("masks");
            }
            return Evaluator.Score(new MaskFolder(path, haveClasses: false), data, SegmentationTask.Avs);
        }
        EvaluationReport one = Scored(1), many = Scored(7);
        Assert.Equal(1, one.By(ProtocolNames.Aavs).MeanIou, 1e-12);
        Assert.Equal(one.By(ProtocolNames.Aavs).MeanIou, many.By(ProtocolNames.Aavs).MeanIou);
    }

    [Fact]
    public void MasksThatDoNotFitNameTheirFile()
    {
        using var folder = new TemporaryFolder();
        var data = new MadeClips(1);
        AssertRefused(folder["none"], () => new Stage1FolderDataset(data, folder["none"]));
        string first = Path.Combine(folder.Path, "made-0", "0.png"), last = Path.Combine(folder.Path, "made-0", "1.png");
        PalettePng.Save(first, new LabelMap(MadeClips.Size, MadeClips.Size));
        AssertRefused($"{last}: this mask of the binary stage is missing", () => new Stage1FolderDataset(data, folder.Path).Load(0));
        PalettePng.Save(last, new LabelMap(8, 6));
        AssertRefused($"{last}: the mask is 8×6, its frame 64×64", () => new Stage1FolderDataset(data, folder.Path).Load(0));
        File.WriteAllBytes(last, File.ReadAllBytes(first)[..^20]);
        AssertRefused(last, () => new Stage1FolderDataset(data, folder.Path).Load(0));
    }

    [Fact]
    public void ClipsThatCannotBeScoredAreNamed()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Semantic with { NumLabels = 2 }, device);
        var data = new MadeClips(2) { Change = c => c with { Stage1Masks = c.Labels } };
        AssertRefused("made-1: frame 0 has class 2, but the model has 2 classes", () => Evaluate(model, data));
        AssertRefused("no clips", () => Evaluate(model, new MadeClips(0)));
        AssertRefused("masks of the binary stage", () => Evaluate(model, new MadeClips(1)));
        var unknown = new MadeClips(1) { Change = c => c with { Stage1Masks = [null, null] } };
        AssertRefused("made-0: frame 0 has no mask of the binary stage", () => Evaluate(model, unknown));
    }

    private static EvaluationReport Evaluate(TrainingModel model, IClipDataset data, Action<SegmentedClip>? onClip = null) =>
        new Evaluator(model.Config, TinyModel.Options, TinyModel.Tokenizer).Evaluate(model, data, onClip);

    private static void AssertRefused(string part, Func<object> action) => Assert.Contains(part, Assert.Throws<InputException>(action).Message);
}
