using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Pyramid;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>Training as published, from files that lack what AAVS adds to Mask2Former.</summary>
[LeakCheck]
public sealed class PublishedTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SchedulesAreThoseOfThePaper()
    {
        TrainingOptions[] binary = [.. TrainingRecipe.Published(SegmentationTask.Avs).Phases.Select(p => p.Options)];
        TrainingOptions[] semantic = [.. TrainingRecipe.Published(SegmentationTask.Avss).Phases.Select(p => p.Options)];
        Assert.Equal([(15, 1e-3f), (15, 1e-4f)], binary.Select(o => (o.Epochs, o.Rate((o.Epochs - 1) * 7, o.Epochs - 1, 7))));
        Assert.Equal([(20, 1e-3f), (40, 1e-4f)], semantic.Select(o => (o.Epochs, o.Rate((o.Epochs - 1) * 7, o.Epochs - 1, 7))));
        Assert.All([.. binary, .. semantic], o => Assert.Equal((0.3f, true), (o.DropPath, o.RepeatLabelledFrame)));
        Assert.Equal([false, false, true, true], [.. binary.Select(o => o.InOrder), .. semantic.Select(o => o.InOrder)]);
    }

    [Theory]
    [InlineData(SegmentationTask.Avs)]
    [InlineData(SegmentationTask.Avss)]
    public void WithoutAdaptersInTheFileTheFirstPhaseIsThePlainNetwork(SegmentationTask task)
    {
        using IDevice device = TinyModel.Device();
        using var scope = new TensorScope();
        SspConfig config = Config(task);
        TrainingOptions options = TrainingOptions.Published(task, TrainableSet.Heads);
        var first = new WarmStart(NoAdapters(), options.FirstValues(config)) { May = options.Initialises };
        using var adapted = new TrainingModel(config, first, device);
        using var plain = new TrainingModel(config with { Swin = config.Swin with { Adapters = false } }, new ProceduralSource(1), device);
        Assert.All(first.Initialised, n => Assert.Contains("swin_adapt", n));
        LabelledClip clip = new LabelledClipPreparer(config, options, TinyModel.Tokenizer).ForTraining(new MadeClips(1).Load(0), knowsGroundTruth: true);
        (float[] Classes, float[] Masks) one = Forward(adapted, clip), other = Forward(plain, clip);
        Assert.Equal(other.Classes, one.Classes);
        Assert.Equal(other.Masks, one.Masks);
    }

    [Fact]
    public void AdaptersAreFrozenZerosThenBeginAnewAndEverythingElseGoesOn()
    {
        var seen = new Recorder();
        NewRun(SegmentationTask.Avs, Short(SegmentationTask.Avs), "run").Run(NoAdapters(), seen, CancellationToken.None);
        (Dictionary<string, float[]> heads, Dictionary<string, float[]> adapters) = (seen.Begun[0], seen.Begun[1]);
        string[] names = [.. heads.Keys.Where(n => n.Contains("swin_adapt", StringComparison.Ordinal))];
        Assert.Equal(64, names.Length);
        Assert.All(names, n => Assert.All(heads[n], v => Assert.Equal(0f, v)));
        Assert.All(names.Where(n => n.EndsWith("bias", StringComparison.Ordinal)), n => Assert.All(adapters[n], v => Assert.Equal(0f, v)));
        float[] weights = [.. names.Where(n => n.EndsWith("weight", StringComparison.Ordinal)).SelectMany(n => adapters[n])];
        Assert.InRange(Math.Sqrt(weights.Average(w => (double)w * w)), 0.019, 0.021);
        Assert.InRange(weights.Count(w => Math.Abs(w) > 0.04f) / (double)weights.Length, 0.035, 0.056);
        using (Checkpoint best = Checkpoint.Open(_folder["run/heads/best.safetensors"]))
        {
            using var scope = new TensorScope();
            foreach ((string name, float[] values) in adapters.Where(p => !names.Contains(p.Key)))
                Assert.Equal(best.Weights.Load(new ParameterSpec(name, seen.Shapes[name], Init.Zeros, Role.Base), TestDevices.Shared).ToArray(), values);
        }
        using Checkpoint last = Checkpoint.Open(_folder["run/last.safetensors"]);
        Assert.Equal(2, last.State.Step);
    }

    [Fact]
    public void ATextEncoderIsNeverTrainedFromNothing()
    {
        RecipeRun training = NewRun(SegmentationTask.Avs, Short(SegmentationTask.Avs), "run");
        training.Check(NoAdapters());
        var message = Assert.Throws<InvalidDataException>(
            () => training.Check(new Lacking(p => p.Name.StartsWith("vta.bert.", StringComparison.Ordinal)))).Message;
        Assert.Contains("vta.bert.", message);
    }

    [Fact]
    public void TheTextEncoderLearnsAtItsOwnRate()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        Dictionary<string, float[]> before = TinyModel.Weights(model);
        TrainingOptions options = TinyModel.Options with { TextRateShare = 0.1f, WeightDecay = 0, ClipNorm = null };
        using var trainer = new Trainer(model, new MadeClips(2), options, TinyModel.Tokenizer);
        trainer.Step();
        Dictionary<string, float[]> after = TinyModel.Weights(model);
        double Largest(string name) => before[name].Zip(after[name], (a, b) => Math.Abs((double)a - b)).Max();
        Assert.Equal(1e-4, Largest("vta.bert.encoder.layer.0.output.dense.weight"), 5e-6);
        Assert.Equal(1e-3, Largest("model.class_predictor.weight"), 5e-5);
    }

    [Fact]
    public void DroppedPathsChangeTheLossAndScaleWhatIsKept()
    {
        double Loss(float dropPath)
        {
            using IDevice device = TinyModel.Device();
            using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
            using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options with { ClipsPerStep = 1, DropPath = dropPath }, TinyModel.Tokenizer);
            return trainer.Step().Total;
        }
        Assert.NotEqual(Loss(0), Loss(0.5f));
        Assert.Equal(Loss(0.5f), Loss(0.5f));
    }

    [Fact]
    public void LayersThatRunAgainSkipTheSamePaths()
    {
        (double, double) Step(bool runsAgain)
        {
            using IDevice device = TinyModel.Device();
            using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
            TrainingOptions options = TinyModel.Options with { ClipsPerStep = 1, DropPath = 0.5f, ActivationCheckpointing = runsAgain };
            using var trainer = new Trainer(model, new MadeClips(1), options, TinyModel.Tokenizer);
            StepRecord step = trainer.Step();
            return (step.Total, step.GradientNorm);
        }
        Assert.Equal(Step(runsAgain: false), Step(runsAgain: true));
    }

    [Fact]
    public void AScaleOfOneChangesNothingAndOfZeroSkipsTheAttention()
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        LabelledClip clip = new LabelledClipPreparer(TinyModel.Binary, TinyModel.Options, TinyModel.Tokenizer).ForTraining(new MadeClips(1).Load(0), true);
        (float[] Classes, float[] Masks) plain = Forward(model, clip), ones = Forward(model, clip, 1), zeros = Forward(model, clip, 0);
        Assert.Equal(plain.Masks, ones.Masks);
        Assert.NotEqual(plain.Masks, zeros.Masks);
        Assert.Contains("3 attention scales", Assert.Throws<ArgumentException>(() => model.Forward(clip.Prepared, attentionScales: new float[3])).Message);
    }

    [Fact]
    public void ClipsInOrderComeSubsetBySubset()
    {
        string root = Directory.CreateDirectory(_folder["data"]).FullName;
        File.WriteAllLines(
            Path.Combine(root, "metadata.csv"),
            [Fixtures.SemanticHeader, "x,d,0,5,dog,train,v2", "x,a,0,5,dog,train,v1s", "x,c,0,5,dog,train,v1m", "x,b,0,5,dog,train,v1s"]);
        string Order(bool bySubset)
        {
            var data = new AvsBenchDataset(root, new AvsBenchOptions(ClipSplit.Train, null, SegmentationTask.Avss) { BySubset = bySubset });
            return string.Concat(Enumerable.Range(0, data.Count).Select(data.Id));
        }
        Assert.Equal("dacb", Order(bySubset: false));
        Assert.Equal("abcd", Order(bySubset: true));
    }

    [Fact]
    public void RepeatedFramesHaveTheMotionThatFollowsTheFirst()
    {
        string root = _folder["data"];
        File.WriteAllLines(Path.Combine(Directory.CreateDirectory(root).FullName, "metadata.csv"), [Fixtures.SemanticHeader, "x,a_0_5,0,5,dog,train,v1s"]);
        Fixtures.WriteSemanticClip(root, "v1s", "a_0_5", 5, 1, 5);
        var data = new AvsBenchDataset(root, new AvsBenchOptions(ClipSplit.Train, null, SegmentationTask.Avs) { RepeatLabelledFrame = true });
        TrainingClip clip = data.Load(0);
        Assert.Equal(5, clip.Labels.Count(l => l is not null));
        Assert.All(clip.Frames, f => Assert.Equal(clip.Frames[0].Rgb, f.Rgb));
        Assert.Equal(10, clip.NextPicture!.Rgb[0]);
        TrainingClip moving = new FlowDataset(data, new PyramidFlowEstimator()).Load(0);
        Assert.Equal(4, moving.Flow!.Pairs);
        Assert.All(Enumerable.Range(1, 3), i => Assert.Equal(moving.Flow.Pair(0).ToArray(), moving.Flow.Pair(i).ToArray()));
    }

    // Motion is carried along from frame to frame; the same picture again has not moved.
    [Fact]
    public void RepeatedFramesHaveTheOpticalMaskOfTheFirst()
    {
        const int size = 32, box = 8;
        float[] flow = new float[2 * size * size];
        for (int y = 0; y < box; y++)
            for (int x = 0; x < box; x++)
                flow[(12 + y) * size + 4 + x] = 12;
        var picture = new Image(size, size);
        var labels = new LabelMap(size, size);
        labels.Labels[0] = 1;
        var clip = new TrainingClip(
            "a", [.. Enumerable.Repeat(picture, 5)], [.. Enumerable.Repeat(labels, 5)], new float[5 * LogMel.ExampleLength],
            new ClipFlow(flow, size, size).RepeatFirstPair(4), Prompts.Empty)
        {
            RepeatsFirst = true,
        };
        TrainingOptions options = TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.Heads) with { InferenceMask = InferenceMaskMode.Hard };
        MaskStack masks = new LabelledClipPreparer(TinyModel.Binary, options, TinyModel.Tokenizer).ForTraining(clip, knowsGroundTruth: false).Prepared.PreMask;
        float[] first = masks[0].ToArray();
        // Its corners are rounded.
        Assert.InRange(first.Sum(), box * box - 8, box * box);
        Assert.All(Enumerable.Range(1, 4), t => Assert.Equal(first, masks[t].ToArray()));
    }

    [Fact]
    public void EachStageIsValidatedWithTheMaskItIsUsedWith()
    {
        Assert.Equal(InferenceMaskMode.Soft, TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.Heads).InferenceMask);
        Assert.Equal(InferenceMaskMode.Stage1, TrainingOptions.Published(SegmentationTask.Avss, TrainableSet.Heads).InferenceMask);
    }

    private static SspConfig Config(SegmentationTask task) => task == SegmentationTask.Avs ? TinyModel.Binary : TinyModel.Semantic;

    private static TrainingRecipe Short(SegmentationTask task) => new(
    [
        .. TrainingRecipe.Published(task).Phases.Select(p => p with { Options = p.Options with { Epochs = 1, Criterion = TinyModel.Options.Criterion } }),
    ]);

    private static IParameterSource NoAdapters() => new Lacking(p => p.Role == Role.Adapter);

    private RecipeRun NewRun(SegmentationTask task, TrainingRecipe recipe, string run) => new(
        _folder[run], recipe, Config(task), (_, split) => new MadeClips(split == ClipSplit.Train ? 3 : 1), TinyModel.Tokenizer, TestDevices.Shared);

    private static (float[] Classes, float[] Masks) Forward(TrainingModel model, LabelledClip clip, float? scale = null)
    {
        using var scope = new TensorScope();
        float[]? scales = scale is { } value ? [.. Enumerable.Repeat(value, model.Config.Swin.Depths.Sum() * clip.Prepared.Frames)] : null;
        SspOutput output = model.Forward(clip.Prepared, attentionScales: scales);
        return (output.Result.ClassLogits.ToArray(), output.Result.MaskLogits.ToArray());
    }

    private sealed class Lacking(Func<ParameterSpec, bool> lacks) : IParameterSource
    {
        private readonly ProceduralSource _all = new(1);

        public string Description => "a file";

        public string? Problem(ParameterSpec parameter) => lacks(parameter) ? $"{parameter.Name} is missing" : null;

        public bool Has(string name) => true;

        public Tensor Load(ParameterSpec parameter, IDevice device) => _all.Load(parameter, device);
    }

    private sealed class Recorder : ITrainingObserver
    {
        public List<Dictionary<string, float[]>> Begun { get; } = [];

        public Dictionary<string, Shape> Shapes { get; } = [];

        public void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised)
        {
            Begun.Add(TinyModel.Weights(trainer.Model));
            foreach (ParameterSpec parameter in trainer.Model.Parameters.Specs)
                Shapes[parameter.Name] = parameter.Shape;
        }

        public void Step(StepRecord step)
        {
        }

        public void Epoch(EpochRecord epoch)
        {
        }
    }
}
