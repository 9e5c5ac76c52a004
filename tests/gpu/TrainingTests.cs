using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Model.Training;
using SspNative.Tests.Distributed;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>A training on the device goes as on the CPU, and the same way every time.</summary>
[Trait("speed", "slow")]
public sealed class TrainingTests : GpuTest
{
    private const int Steps = 10;

    private static readonly TrainingOptions _options = TinyModel.Options with { LearningRate = 1e-4f };

    [SkippableFact]
    public void TenStepsFollowTheCpu()
    {
        double[] expected = Curve(Cpu), actual = Curve(Gpu);
        Assert.All(actual.Zip(expected), step => Assert.InRange(step.First / step.Second, 1 - 1e-3, 1 + 1e-3));
    }

    [SkippableFact]
    public void TwoTrainingsHaveTheSameBits()
    {
        Assert.Equal(Curve(Gpu, 4), Curve(Gpu, 4));
    }

    [SkippableFact]
    public void ARunThatWasResumedHasTheBitsOfOneInOnePiece()
    {
        using var folder = new TemporaryFolder();
        string whole = Save(folder["whole.safetensors"], null, 4), half = Save(folder["half.safetensors"], null, 2);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(Save(folder["resumed.safetensors"], half, 2)));
    }

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(3)]
    public void SeveralRanksHaveTheBitsOfOne(int count)
    {
        using var folder = new TemporaryFolder();
        byte[] alone = File.ReadAllBytes(Save(folder["alone.safetensors"], null, 2));
        int live = Gpu.LiveBuffers;
        ThreadRanks.Run(count, ranks => Save(folder["together.safetensors"], null, 2, new DeviceCollective(ranks, Gpu)));
        Assert.Equal(live, Gpu.LiveBuffers);
        Assert.Equal(alone, File.ReadAllBytes(folder["together.safetensors"]));
    }

    private static string Save(string path, string? from, int steps, ICollective? ranks = null)
    {
        using Checkpoint? checkpoint = from is null ? null : Checkpoint.Open(from);
        using TrainingModel model = checkpoint is null
            ? TinyModel.Create(TinyModel.Binary, Gpu)
            : new TrainingModel(checkpoint.Config, checkpoint.Weights, Gpu);
        using var trainer = new Trainer(model, new MadeClips(6), _options, TinyModel.Tokenizer, ranks);
        if (checkpoint is not null)
            trainer.Resume(checkpoint);
        for (int i = 0; i < steps; i++)
            trainer.Step();
        Checkpoint.Save(path, trainer);
        return path;
    }

    private static double[] Curve(IDevice device, int steps = Steps)
    {
        int live = device.LiveBuffers;
        double[] curve;
        using (TrainingModel model = TinyModel.Create(TinyModel.Binary, device))
        using (var trainer = new Trainer(model, new MadeClips(6), _options, TinyModel.Tokenizer))
            curve = [.. Enumerable.Range(0, steps).Select(_ => trainer.Step().Total)];
        Assert.Equal(live, device.LiveBuffers);
        return curve;
    }
}
