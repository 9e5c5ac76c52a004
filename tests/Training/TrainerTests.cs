using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Evaluation;
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
    public void TheSemanticStageIsValidatedWithTheMasksOfTheBinaryStage()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Semantic, device);
        var data = new MadeClips(2) { Change = c => c with { Stage1Masks = [.. c.Labels.Select(l => l!)] } };
        ValidationScore score = new Validator(data, model.Config, TinyModel.Options, TinyModel.Tokenizer).Run(model);
        Assert.Equal(4, score.Frames);
        Assert.InRange(score.MeanIou, 0, 1);
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
