using SspNative.Engine;
using SspNative.Engine.Optim;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Optim;

/// <summary>Schedules at their last steps, and an optimizer that begins anew.</summary>
public sealed class OptimBoundaryTests : DeviceTest
{
    [Fact]
    public void TheWarmupEndsWithTheRateAndNeverExceedsIt() =>
        Assert.Equal([0.75f, 1f, 1f, 1f], new[] { 2, 3, 4, 5 }.Select(step => LearningRateSchedule.Warmup(1f, step, 4)));

    [Theory]
    [InlineData(0f)]
    [InlineData(0.9f)]
    public void PolynomialDecayIsZeroFromTheLastStepOnWhateverItsPower(float power) =>
        Assert.Equal([0f, 0f], new[] { 10, 11 }.Select(step => LearningRateSchedule.Polynomial(2f, step, 10, power)));

    [Fact]
    public void AStepThatReachesNothingIsAStep()
    {
        using var optimizer = new AdamW();
        optimizer.Update([]);
        Assert.Equal(1, optimizer.Step);
        Assert.Empty(optimizer.Moments);
    }

    // Kernels count one length for all four.
    [Fact]
    public void MomentsOfAnotherParameterAreRefused()
    {
        using var scope = new TensorScope();
        Tensor small = Tensor.Full([2], 1f, Device), large = Tensor.Full([1000], 1f, Device);
        using var optimizer = new AdamW();
        optimizer.Update([("head", small, small)]);
        Assert.Contains("head: the moments are of another shape", Refused(("head", large, large)));
        optimizer.Restore(5, [("head", Tensor.Zeros([1000], Device), Tensor.Zeros([2], Device))]);
        Assert.Contains("head: the moments are of another shape", Refused(("head", large, large)));
        Assert.Contains("twice: two parameters have this name", Refused(("twice", small, small), ("twice", small, small)));
        Assert.Equal(5, optimizer.Step);

        string Refused(params (string, Tensor, Tensor)[] parameters) => Assert.Throws<ArgumentException>(() => optimizer.Update(parameters)).Message;
    }

    [Fact]
    public void RestoringReplacesMomentsThatAreThere()
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.Full([3], 1f, Device), gradient = Tensor.Full([3], 0.5f, Device);
        using var optimizer = new AdamW();
        optimizer.Update([("weight", parameter, gradient)]);
        int live = Device.LiveBuffers;
        optimizer.Restore(7, [("weight", Tensor.Full([3], 0.25f, Device), Tensor.Full([3], 4f, Device))]);
        Assert.Equal((live, 7), (Device.LiveBuffers, optimizer.Step));
        optimizer.Restore(0, []);
        Assert.Equal(live - 2, Device.LiveBuffers);
    }
}
