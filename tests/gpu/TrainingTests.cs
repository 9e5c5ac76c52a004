using SspNative.Kernels;
using SspNative.Model.Training;
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
