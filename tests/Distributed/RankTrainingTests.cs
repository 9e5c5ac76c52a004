using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>A training has the same bits on any number of ranks.</summary>
[LeakCheck]
public sealed class RankTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Seven clips in steps of three or of a clip for each rank: the last step of an epoch has fewer, so that ranks are without.
    [Theory]
    [InlineData(2, false, SegmentationTask.Avs)]
    [InlineData(3, false, SegmentationTask.Avs)]
    [InlineData(4, false, SegmentationTask.Avss)]
    [InlineData(2, true, SegmentationTask.Avss)]
    [InlineData(3, true, SegmentationTask.Avs)]
    [InlineData(4, true, SegmentationTask.Avs)]
    public void TheNumberOfRanksChangesNothing(int count, bool checkpointing, SegmentationTask task)
    {
        SspConfig config = task == SegmentationTask.Avs ? TinyModel.Binary : TinyModel.Semantic;
        TrainingOptions options = TinyModel.Options with
        {
            ClipsPerStep = Math.Max(3, count),
            DropPath = 0.3f,
            TextDropout = 0.5f,
            SoundDropout = 0.3f,
            TextRateShare = 0.1f,
            ActivationCheckpointing = checkpointing,
            Epochs = 3,
        };
        (string alone, StepRecord[] curve) = Trained(SingleProcess.Instance, config, options, 5);
        (string Hash, StepRecord[] Curve)[] together = ThreadRanks.Run(count, ranks => Trained(ranks, config, options, 5));
        Assert.Equal(alone, together[0].Hash);
        Assert.All(together, rank => Assert.Equal(curve.Select(Shown), rank.Curve.Select(Shown)));
    }

    /// <summary>What tells classes has no layers to skip, and its loss draws no points.</summary>
    [Theory]
    [InlineData(TrainingObjective.TextTagging)]
    [InlineData(TrainingObjective.AudioTagging)]
    public void WhatTellsClassesIsTaughtOnAnyNumberOfRanks(TrainingObjective objective)
    {
        TrainingOptions options = TinyModel.Options with { Objective = objective, ClipsPerStep = 3, DropPath = 0.3f };
        string alone = Trained(SingleProcess.Instance, TinyModel.Binary, options, 3).Hash;
        Assert.Equal(alone, ThreadRanks.Run(2, ranks => Trained(ranks, TinyModel.Binary, options, 3))[0].Hash);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    public void ATrainingGoesOnWithAnotherNumberOfRanks(int before, int after)
    {
        TrainingOptions options = TinyModel.Options with { ClipsPerStep = 3 };
        (string whole, _) = Trained(SingleProcess.Instance, TinyModel.Binary, options, 4);
        ThreadRanks.Run(before, ranks => Trained(ranks, TinyModel.Binary, options, 2));
        string rest = ThreadRanks.Run(after, ranks => Trained(ranks, TinyModel.Binary, options, 2, resume: true))[0].Hash;
        Assert.Equal(whole, rest);
    }

    private static string Shown(StepRecord step) => $"{step} {string.Join(' ', step.Clips)}";

    // Trains some steps and saves; of several ranks the first one's hash is that of the checkpoint.
    private (string Hash, StepRecord[] Curve) Trained(ICollective ranks, SspConfig config, TrainingOptions options, int steps, bool resume = false)
    {
        string path = _folder["last.safetensors"];
        using IDevice device = TinyModel.Device();
        using Checkpoint? checkpoint = resume ? Checkpoint.Open(path) : null;
        using TrainingModel model = new(config, checkpoint?.Weights ?? new ProceduralSource(1), device, options.Objective);
        StepRecord[] curve;
        using (var trainer = new Trainer(model, new MadeClips(7), options, TinyModel.Tokenizer, ranks))
        {
            trainer.RequireSame();
            if (checkpoint is not null)
                trainer.Resume(checkpoint);
            ranks.Barrier();
            checkpoint?.Dispose();
            curve = [.. Enumerable.Range(0, steps).Select(_ => trainer.Step())];
            Checkpoint.Save(path, trainer);
        }
        model.Dispose();
        Assert.Equal(0, device.LiveBuffers);
        using Checkpoint saved = Checkpoint.Open(path);
        return (saved.Hash, curve);
    }
}
