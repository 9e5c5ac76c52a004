using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>A feed-forward network that is not recorded makes its hidden layer by pieces.</summary>
public sealed class FeedForwardTests : DeviceTest
{
    private const int Rows = 4099, Channels = 24, Hidden = 1030, Outputs = 19;

    [Theory]
    [MemberData(nameof(Isas))]
    public void ThePiecesGiveTheBitsOfTheWholeInAFractionOfItsMemory(CpuIsa isa)
    {
        CpuDevice device = On(isa);
        var random = new Random(1);
        using var scope = new TensorScope();
        Tensor x = Make(Rows, Channels), w1 = Make(Hidden, Channels), b1 = Make(Hidden);
        Tensor w2 = Make(Outputs, Hidden), b2 = Make(Outputs), residual = Make(Rows, Outputs);
        long atRest = device.LiveBytes;
        device.ResetPeak();
        Tensor pieces = Ops.FeedForward(x, w1, b1, Activation.Gelu, w2, b2, residual);
        Assert.InRange(device.PeakBytes - atRest, pieces.Count * sizeof(float), Rows * Hidden * sizeof(float) / 3);
        Tensor whole = Ops.Linear(Ops.Linear(x, w1, b1, Activation.Gelu), w2, b2, residual: residual);
        Assert.Equal(whole.ToArray(), pieces.ToArray());

        Tensor Make(params int[] shape) =>
            Tensor.FromArray([.. Enumerable.Range(0, (int)new Shape(shape).Count).Select(_ => random.NextSingle() - 0.5f)], new Shape(shape), device);
    }
}
