using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Evaluation;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

[LeakCheck]
public class TrainerTests
{
    // The curve was recorded on AVX-512; all instruction sets follow it to five digits. The tolerance leaves room for other processors.
    [SkippableTheory]
    [InlineData(CpuIsa.Avx512)]
    [InlineData(CpuIsa.Avx2)]
    [InlineData(CpuIsa.Portable)]
    public void TenStepsFollowTheRecordedCurve(CpuIsa isa)
    {
        Skip.IfNot(CpuDevice.SupportedIsas.Contains(isa), $"this processor has no {isa}");
        const double tolerance = 1e-3;
        double[] recorded = [53.0407, 44.1611, 44.3271, 40.1221, 40.9187, 40.8861, 40.6830, 38.9419, 41.6401, 37.7417];
        using var device = new CpuDevice(isa);
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        using var trainer = new Trainer(model, new MadeClips(6), TinyModel.Options with { LearningRate = 1e-4f }, TinyModel.Tokenizer);
        double[] curve = [.. recorded.Select(_ => trainer.Step().Total)];
        Assert.All(curve.Zip(recorded), step => Assert.InRange(step.First / step.Second, 1 - tolerance, 1 + tolerance));
    }

    [Theory]
    [InlineData(TextFusion.Vta, SegmentationTask.Avs)]
    [InlineData(TextFusion.Attention, SegmentationTask.Avs)]
    [InlineData(TextFusion.None, SegmentationTask.Avs)]
    [InlineData(TextFusion.Vta, SegmentationTask.Avss)]
    public void TheLossOfOneClipFalls(TextFusion text, SegmentationTask task)
    {
        using IDevice device = TinyModel.Device();
        SspConfig config = (task == SegmentationTask.Avs ? TinyModel.Binary : TinyModel.Semantic) with { TextFusion = text };
        using TrainingModel model = TinyModel.Create(config, device);
        using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options with { Epochs = 12 }, TinyModel.Tokenizer);
        double[] curve = [.. Enumerable.Range(0, 12).Select(_ => trainer.Step().Total)];
        Assert.True(curve[^1] < 0.8 * curve[0], string.Join(", ", curve));
        Assert.True(trainer.IsFinished);
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(0.5f)]
    [InlineData(0f)]
    public void SoundThatIsKeptFromTheModelTeachesItNothing(float dropout)
    {
        TrainingOptions options = TinyModel.Options with { Epochs = 1, ClipsPerStep = 1, Frozen = ["vggish"], SoundDropout = dropout };
        var clips = new MadeClips(8);
        double[] Losses(IClipDataset data)
        {
            using IDevice device = TinyModel.Device();
            using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
            using var trainer = new Trainer(model, data, options with { LearningRate = 0 }, TinyModel.Tokenizer);
            return [.. Enumerable.Range(0, clips.Count).Select(_ => trainer.Step().Total)];
        }
        int told = Losses(clips).Zip(Losses(new ReplacedSoundDataset(clips, ReplacedSound.Noise))).Count(l => l.First != l.Second);
        Assert.InRange(told, dropout == 1 ? 0 : dropout == 0 ? clips.Count : 1, dropout == 1 ? 0 : dropout == 0 ? clips.Count : clips.Count - 1);
    }

    [Fact]
    public void NoBufferIsLeftBehind()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        using (var trainer = new Trainer(model, new MadeClips(2), TinyModel.Options, TinyModel.Tokenizer))
        {
            trainer.Step();
            int live = device.LiveBuffers;
            trainer.Step();
            new Validator(new MadeClips(1), model.Config, trainer.Options, TinyModel.Tokenizer).Run(model);
            Assert.Equal(live, device.LiveBuffers);
        }
        model.Dispose();
        Assert.Equal(0, device.LiveBuffers);
    }

    [Theory]
    [InlineData(TrainableSet.Heads)]
    [InlineData(TrainableSet.HeadsAndBackboneAdapters)]
    public void FrozenParametersStayAsTheyAre(TrainableSet set)
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Semantic, device);
        Dictionary<string, float[]> before = TinyModel.Weights(model);
        using var trainer = new Trainer(model, new MadeClips(2), TinyModel.Options with { Trainable = set }, TinyModel.Tokenizer);
        trainer.Step();
        Dictionary<string, float[]> after = TinyModel.Weights(model);
        string[] changed = [.. before.Keys.Where(n => !before[n].SequenceEqual(after[n]))];
        string[] ofTheSet = [.. model.Parameters.Specs.Where(p => set.Includes(p)).Select(p => p.Name)];
        Assert.All(changed, n => Assert.Contains(n, ofTheSet));
        string[] expected = ["queries_embedder", "queries_features", "class_predictor", "audio_proj", "avs_adapt", "vta.align_1", "vta.bert", "audio_embed"];
        Assert.All(expected, e => Assert.Contains(changed, n => n.Contains(e, StringComparison.Ordinal)));
        Assert.Equal(
            set == TrainableSet.HeadsAndBackboneAdapters,
            changed.Any(n => n.Contains("swin_adapt", StringComparison.Ordinal)));
        Assert.DoesNotContain(changed, n => n.StartsWith("clip.", StringComparison.Ordinal) || n.StartsWith("vggish.", StringComparison.Ordinal));
    }

    [Fact]
    public void TheNumberOfThreadsChangesNothing()
    {
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 1;
            Dictionary<string, float[]> one = Trained();
            CpuThreads.Count = Math.Max(threads, 4);
            Dictionary<string, float[]> many = Trained();
            Assert.All(one.Keys, n => Assert.Equal(one[n], many[n]));
        }
        finally
        {
            CpuThreads.Count = threads;
        }

        static Dictionary<string, float[]> Trained()
        {
            using IDevice device = TinyModel.Device();
            using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
            using var trainer = new Trainer(model, new MadeClips(4), TinyModel.Options, TinyModel.Tokenizer);
            trainer.Step();
            trainer.Step();
            return TinyModel.Weights(model);
        }
    }

    [Fact]
    public void NumbersThatAreNotFiniteStopTheRunAndNameTheClip()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        var data = new MadeClips(2) { Change = c => c.Id == "made-1" ? c with { Examples = [.. c.Examples.Select(_ => float.NaN)] } : c };
        using var trainer = new Trainer(model, data, TinyModel.Options, TinyModel.Tokenizer);
        Dictionary<string, float[]> before = TinyModel.Weights(model);
        string message = Assert.Throws<InvalidDataException>(trainer.Step).Message;
        Assert.Contains("step 1", message);
        Assert.Contains("made-1", message);
        Assert.All(TinyModel.Weights(model), w => Assert.Equal(before[w.Key], w.Value));
    }

    [Fact]
    public void ClipsThatCannotBeUsedAreNamed()
    {
        var preparer = new LabelledClipPreparer(TinyModel.Semantic, TinyModel.Options, TinyModel.Tokenizer);
        TrainingClip clip = new MadeClips(1).Load(0);
        Assert.Contains("made-0: no frame has a label", Error(() => preparer.ForTraining(clip with { Labels = [null, null] }, true)));
        var strange = new LabelMap(MadeClips.Size, MadeClips.Size);
        strange.Labels[5] = 8;
        Assert.Contains("made-0: frame 1 has class 8, but the model has 8", Error(() => preparer.ForTraining(clip with { Labels = [null, strange] }, true)));
        Assert.Contains("made-0: the masks of the binary stage are missing", Error(() => preparer.ForValidation(clip)));

        static string Error(Action action) => Assert.Throws<InputException>(action).Message;
    }

    [Fact]
    public void BatchesHoldMasksAndTargets()
    {
        var preparer = new LabelledClipPreparer(TinyModel.Semantic, TinyModel.Options with { Tau = Tau.Of(0.5f) }, TinyModel.Tokenizer);
        TrainingClip clip = new MadeClips(3).Load(2);
        const int pixels = MadeClips.Size * MadeClips.Size;

        LabelledClip taught = preparer.ForTraining(clip, knowsGroundTruth: true);
        bool[] moves = [.. clip.Flow!.Pair(0)[..pixels].ToArray().Select(u => u > 0)];
        for (int t = 0; t < 2; t++)
        {
            byte[] labels = clip.Labels[t]!.Labels;
            FrameTargets targets = taught.Targets[t];
            Assert.Equal([0, 3], targets.Classes);
            for (int i = 0; i < pixels; i++)
            {
                bool sounds = labels[i] != 0;
                Assert.Equal((moves[i] ? 0.5f : 0) + (sounds ? 0.5f : 0), taught.Prepared.PreMask.Values[t * pixels + i]);
                Assert.Equal(sounds ? 0 : 1, targets.Masks[i]);
                Assert.Equal(sounds ? 1 : 0, targets.Masks[pixels + i]);
                Assert.Equal(sounds && moves[i] ? 1 : 0, targets.PostMasks[pixels + i]);
                Assert.Equal(targets.Masks[i], targets.PostMasks[i]);
                Assert.Equal(sounds ? 1 : 0, taught.Prepared.Stage1Mask![t * pixels + i]);
            }
        }

        LabelledClip untaught = preparer.ForTraining(clip, knowsGroundTruth: false);
        Assert.Equal(moves.Select(m => m ? 1f : 0.5f), untaught.Prepared.PreMask.Values[..pixels]);
        LabelledClip one = preparer.ForTraining(clip with { Labels = [null, clip.Labels[1]] }, knowsGroundTruth: true);
        Assert.Equal(1, one.Prepared.Frames);
        Assert.Equal(taught.Prepared.PreMask.Values[pixels..], one.Prepared.PreMask.Values);
        var plain = new LabelledClipPreparer(TinyModel.Binary, TinyModel.Options with { PreMask = false }, TinyModel.Tokenizer);
        Assert.All(plain.ForTraining(clip, knowsGroundTruth: true).Prepared.PreMask.Values, m => Assert.Equal(1f, m));
        Assert.Equal([0, 1], plain.ForTraining(clip, knowsGroundTruth: true).Targets[0].Classes);
    }

    [Fact]
    public void TargetsOfClassesAddUpToTheOneTargetOfAllThatSounds()
    {
        TrainingClip clip = new MadeClips(1).Load(0);
        var labels = new LabelMap(MadeClips.Size, MadeClips.Size, [.. clip.Labels[0]!.Labels]);
        for (int i = 0; i < labels.Labels.Length / 4; i++)
            labels.Labels[^(1 + i)] = 5;
        TrainingClip two = clip with { Labels = [labels, clip.Labels[1]] };
        LabelledClip together = Targets(labels: 2), each = Targets(labels: 8);

        Assert.Equal([0, 1], together.Targets[0].Classes);
        Assert.Equal([0, 1, 5], each.Targets[0].Classes);
        Assert.Equal([0, 1], each.Targets[1].Classes);
        Assert.Equal(together.Targets[1].Masks, each.Targets[1].Masks);
        foreach (Func<FrameTargets, float[]> masks in (Func<FrameTargets, float[]>[])[t => t.Masks, t => t.PostMasks])
        {
            float[] all = masks(together.Targets[0]), parts = masks(each.Targets[0]);
            int pixels = all.Length / 2;
            Assert.Equal(all[..pixels], parts[..pixels]);
            Assert.Equal(all[pixels..], parts[pixels..(2 * pixels)].Zip(parts[(2 * pixels)..], (a, b) => a + b));
        }
        Assert.Contains(1f, each.Targets[0].Masks[(2 * MadeClips.Size * MadeClips.Size)..]);

        InputException error = Assert.Throws<InputException>(() => Targets(labels: 8, hasClasses: false));
        Assert.Contains("do not tell classes", error.Message);

        LabelledClip Targets(int labels, bool hasClasses = true) =>
            new LabelledClipPreparer(TinyModel.Binary with { NumLabels = labels }, TinyModel.Options, TinyModel.Tokenizer)
                .ForTraining(two with { HasClasses = hasClasses }, true);
    }

    [Fact]
    public void TheSemanticStageIsValidatedWithTheMasksOfTheBinaryStage()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Semantic, device);
        var data = new MadeClips(2) { Change = c => c with { Stage1Masks = [.. c.Labels.Select(l => l!)] } };
        ValidationScore score = new Validator(data, model.Config, TinyModel.Options, TinyModel.Tokenizer).Run(model);
        Assert.Equal(4, score.Frames);
        Assert.InRange(score.MeanIou, 0, 1);
    }

    [Fact]
    public void RatesFollowTheirSchedules()
    {
        TrainingOptions published = TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.HeadsAndBackboneAdapters);
        Assert.Equal(1e-4f, published.Rate(0, 0, 10), 1e-9f);
        Assert.Equal(1e-4f, published.Rate(14 * 10, 14, 10), 1e-9f);
        Assert.Equal(1e-3f, TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.Heads).Rate(0, 0, 10), 1e-9f);
        TrainingOptions semantic = TrainingOptions.Published(SegmentationTask.Avss, TrainableSet.Heads);
        Assert.Equal((1e-3f, 20, null), (semantic.LearningRate, semantic.Epochs, semantic.ClipNorm));
        Assert.Equal(40, TrainingOptions.Published(SegmentationTask.Avss, TrainableSet.HeadsAndBackboneAdapters).Epochs);
        Assert.Equal((15, 0.01f, 0.3f), (published.Epochs, published.ClipNorm, published.DropPath));
        TrainingOptions dropping = published with { Epochs = 30, Milestones = [15] };
        Assert.Equal(1e-4f, dropping.Rate(14 * 10, 14, 10), 1e-9f);
        Assert.Equal(1e-5f, dropping.Rate(15 * 10, 15, 10), 1e-9f);
        TrainingOptions cosine = dropping with { Schedule = RateSchedule.Cosine, WarmupSteps = 4 };
        Assert.Equal(cosine.Rate(4, 0, 10) / 4, cosine.Rate(0, 0, 10), 1e-6f);
        Assert.Equal(0.5e-4f, cosine.Rate(150, 15, 10), 1e-9f);
        Assert.Equal(0f, (dropping with { Schedule = RateSchedule.Polynomial }).Rate(300, 30, 10));
    }

    [Fact]
    public void AnEpochSeesEveryClipOnceInAnOrderOfItsOwn()
    {
        int[] first = DataOrder.Shuffle(3, 0, 50);
        Assert.Equal(Enumerable.Range(0, 50), first.Order());
        Assert.Equal(first, DataOrder.Shuffle(3, 0, 50));
        Assert.NotEqual(first, DataOrder.Shuffle(3, 1, 50));
        Assert.NotEqual(first, DataOrder.Shuffle(4, 0, 50));
        double mean = Enumerable.Range(0, 1000).Average(i => DataOrder.Uniform(3, 5, i));
        Assert.InRange(mean, 0.47, 0.53);
    }

    [SkippableFact]
    [Trait("speed", "slow")]
    public void OneClipCanBeLearntByHeart()
    {
        Skip.IfNot(SlowTests.Wanted, SlowTests.Reason);
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        var data = new MadeClips(1);
        TrainingOptions options = TinyModel.Options with
        {
            Epochs = 120,
            ClipsPerStep = 1,
            GroundTruthShare = 0,
            Schedule = RateSchedule.Cosine,
            LearningRate = 1e-3f,
            PostMaskWeight = null,
            WarmupSteps = 10,
        };
        using var trainer = new Trainer(model, data, options, TinyModel.Tokenizer);
        while (!trainer.IsFinished)
            trainer.Step();
        ValidationScore score = new Validator(data, model.Config, options, TinyModel.Tokenizer).Run(model);
        Assert.True(score.MeanIou > 0.95, score.ToString());
    }
}
