using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow.Pyramid;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Data.Caching;

/// <summary>Trainings with a cache: the same bits, and no encoder runs twice on a clip.</summary>
[LeakCheck]
public sealed class FrozenEncodersTests : IDisposable
{
    private const int Clips = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TrainableSet.Heads)]
    [InlineData(TrainableSet.HeadsAndBackboneAdapters)]
    public void EachEncoderRunsOnceAClipAndTheBitsAreTheSame(TrainableSet set)
    {
        Outcome plain = Train(set, null);
        ClipCache first = Cache();
        AssertSame(plain, Train(set, first));
        Assert.Equal(2 * Clips, first.Computed);
        ClipCache second = Cache();
        AssertSame(plain, Train(set, second));
        Assert.Equal((0, 0), (second.Computed, second.Repaired));
    }

    [Fact]
    public void DamagedEntriesAreComputedAgain()
    {
        Outcome plain = Train(TrainableSet.Heads, null);
        AssertSame(plain, Train(TrainableSet.Heads, Cache()));
        foreach (string file in Directory.GetFiles(_folder.Path))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[^8] ^= 1;
            File.WriteAllBytes(file, bytes);
        }
        ClipCache repaired = Cache();
        AssertSame(plain, Train(TrainableSet.Heads, repaired));
        Assert.Equal(2 * Clips, repaired.Repaired);
    }

    [Fact]
    public void ACacheTooSmallForAnEntryChangesNothing() =>
        AssertSame(Train(TrainableSet.Heads, null), Train(TrainableSet.Heads, new ClipCache(_folder.Path, 1)));

    [Fact]
    public void WhatIsTrainedIsNeverKept()
    {
        ClipCache cache = Cache();
        AssertSame(Train(TrainableSet.All, null), Train(TrainableSet.All, cache));
        Assert.Equal(0, cache.Computed);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void OtherWeightsConfigurationsDevicesAndInputsAreNotConfused()
    {
        ClipCache cache = Cache();
        SspConfig config = TinyModel.Binary;
        ValidationScore score = Validate(config, 1, CpuDevice.SupportedIsas.Max(), clip => clip);
        Assert.Equal(2, cache.Computed);
        Assert.Equal(score, Validate(config, 1, CpuDevice.SupportedIsas.Max(), clip => clip));
        Assert.Equal(2, cache.Computed);
        Validate(config, 2, CpuDevice.SupportedIsas.Max(), clip => clip);
        Assert.Equal(4, cache.Computed);
        // Where no other instruction set is, the portable device is the same one.
        int others = CpuDevice.SupportedIsas.Max() == CpuIsa.Portable ? 0 : 2;
        Validate(config, 1, CpuIsa.Portable, clip => clip);
        Assert.Equal(4 + others, cache.Computed);
        Validate(config with { Clip = config.Clip with { NumAttentionHeads = 2 } }, 1, CpuDevice.SupportedIsas.Max(), clip => clip);
        Assert.Equal(5 + others, cache.Computed);
        Validate(config, 1, CpuDevice.SupportedIsas.Max(), clip => clip with { Examples = [.. clip.Examples.Select(e => e + 1)] });
        Assert.Equal(6 + others, cache.Computed);
        Validate(config, 1, CpuDevice.SupportedIsas.Max(), clip => clip with { Frames = [clip.Frames[1], clip.Frames[0]] });
        Assert.Equal(7 + others, cache.Computed);
        Validate(config with { TextFusion = TextFusion.None }, 1, CpuDevice.SupportedIsas.Max(), clip => clip);
        Assert.Equal(7 + others, cache.Computed);

        ValidationScore Validate(SspConfig sizes, ulong seed, CpuIsa isa, Func<TrainingClip, TrainingClip> change)
        {
            using var device = new CpuDevice(isa);
            using var model = new TrainingModel(sizes, new ProceduralSource(seed), device) { Cache = cache };
            return new Validator(new MadeClips(1) { Change = change }, sizes, TinyModel.Options, TinyModel.Tokenizer).Run(model);
        }
    }

    [Fact]
    public void EncodersThatAreFrozenLaterAreNamedByTheirNewWeights()
    {
        using IDevice device = TinyModel.Device();
        ClipCache cache = Cache();
        using TrainingModel model = new(TinyModel.Binary, new ProceduralSource(1), device) { Cache = cache };
        var validator = new Validator(new MadeClips(1), model.Config, TinyModel.Options, TinyModel.Tokenizer);
        validator.Run(model);
        using (var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer))
        {
            trainer.Step();
            validator.Run(model);
        }
        Assert.Equal(2, cache.Computed);
        model.Train(new TrainingOptions { Trainable = TrainableSet.Heads });
        validator.Run(model);
        Assert.Equal(4, cache.Computed);
    }

    [Fact]
    public void FlowIsEstimatedOnceAndGivenFlowIsNotKept()
    {
        var still = new MadeClips(2) { Change = clip => clip with { Flow = null } };
        var plain = new FlowDataset(still, new PyramidFlowEstimator());
        ClipCache first = Cache(), second = Cache();
        foreach (ClipCache cache in (ClipCache[])[first, second])
        {
            var kept = new FlowDataset(still, new PyramidFlowEstimator(), cache);
            for (int i = 0; i < 2; i++)
            {
                TrainingClip expected = plain.Load(i), found = kept.Load(i);
                Assert.Equal(expected.Flow!.Data, found.Flow!.Data);
                Assert.Equal((expected.Flow.Height, expected.Flow.Width), (found.Flow.Height, found.Flow.Width));
            }
        }
        Assert.Equal((2, 0), (first.Computed, first.Hits));
        Assert.Equal((0, 2), (second.Computed, second.Hits));
        Assert.Equal(new MadeClips(2).Load(0).Flow!.Data, new FlowDataset(new MadeClips(2), new PyramidFlowEstimator(), second).Load(0).Flow!.Data);
        Assert.Equal((0, 2), (second.Computed, second.Hits));
    }

    private ClipCache Cache() => new(_folder.Path, 1 << 24);

    // Two epochs and a validation of the same clips after each.
    private static Outcome Train(TrainableSet set, ClipCache? cache)
    {
        using IDevice device = TinyModel.Device();
        using var model = new TrainingModel(TinyModel.Binary, new ProceduralSource(1), device) { Cache = cache };
        var data = new MadeClips(Clips);
        TrainingOptions options = TinyModel.Options with { Epochs = 2, Trainable = set, GroundTruthShare = 0.5f };
        using var trainer = new Trainer(model, data, options, TinyModel.Tokenizer);
        var validator = new Validator(data, model.Config, options, TinyModel.Tokenizer);
        var losses = new List<double>();
        var scores = new List<ValidationScore>();
        while (!trainer.IsFinished)
        {
            int epoch = trainer.State.Epoch;
            losses.Add(trainer.Step().Total);
            if (trainer.State.Epoch > epoch)
                scores.Add(validator.Run(model));
        }
        return new Outcome(losses, scores, TinyModel.Weights(model));
    }

    private static void AssertSame(Outcome expected, Outcome found)
    {
        Assert.Equal(expected.Losses, found.Losses);
        Assert.Equal(expected.Scores, found.Scores);
        Assert.All(expected.Weights, w => Assert.Equal(w.Value, found.Weights[w.Key]));
    }

    private sealed record Outcome(List<double> Losses, List<ValidationScore> Scores, Dictionary<string, float[]> Weights);
}
