using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>What has no gradient is refused while one is recorded, and says what to do instead.</summary>
public sealed class InferenceOnlyTests : DeviceTest
{
    private const string Stored = "a weight is stored as bf16, which is for inference alone: load the model in fp32 to differentiate it";
    private const string Packed = "a weight is packed, which is for inference alone: load the model for training to differentiate it";

    [Fact]
    public void ABFloat16WeightBesideAVariable()
    {
        using var scope = new TensorScope();
        Tensor weight = Ops.ToBFloat16(Tensor.Zeros([32, 8], Device));
        AssertRefused($"linear: {Stored}. Shapes: (2, 8), (32, 8)", x => Ops.Linear(x, weight));
        AssertRefused($"linear_rows: {Stored}. Shapes: (2, 8), (32, 8)", x => Ops.LinearRows(x, weight, null, 0, 32));
        AssertRefused($"matmul: {Stored}. Shapes: (2, 8), (32, 8)", x => Ops.MatMul(x, weight));
    }

    [SkippableFact]
    public void APackedWeightBesideAVariable()
    {
        using var scope = new TensorScope();
        Tensor weight = Ops.Pack(Tensor.Zeros([96, 8], Device));
        Skip.If(weight.DType != DType.F32Panels, "this device packs nothing");
        AssertRefused($"linear: {Packed}. Shapes: (2, 8), (96, 8)", x => Ops.Linear(x, weight));
    }

    [SkippableFact]
    public void APackedWeightElsewhere()
    {
        using var scope = new TensorScope();
        int lanes = Device.PanelLanes;
        Tensor weight = Ops.Pack(Tensor.Zeros([2 * Math.Max(lanes, 1), 8], Device)), x = Tensor.Zeros([2, 8], Device);
        Skip.If(weight.DType != DType.F32Panels, "this device packs nothing");
        const string alone = "the matrix is packed for linear layers alone";
        Assert.StartsWith($"matmul: {alone}", Message(() => Ops.MatMul(x, weight)));
        Assert.StartsWith($"embedding: {alone}", Message(() => Ops.Embedding(Tensor.FromArray((long[])[0], [1], Device), weight)));
        string byLanes = $"rows of a packed weight are taken by {lanes}";
        foreach ((int start, int count) in ((int, int)[])[(1, lanes), (0, 1), (1, 1)])
        {
            Assert.StartsWith($"narrow: {byLanes}", Message(() => Ops.Narrow(weight, 0, start, count)));
            Assert.StartsWith($"linear_rows: {byLanes}", Message(() => Ops.LinearRows(x, weight, null, start, count)));
        }
        Assert.Equal(DType.F32Panels, Ops.Narrow(weight, 0, lanes, lanes).DType);
    }

    // Whose panels would not be whole.
    [Fact]
    public void AFewRowsAreNotPacked()
    {
        using var scope = new TensorScope();
        Tensor weight = Tensor.Zeros([Device.PanelLanes + 1, 8], Device);
        Assert.Same(weight, Ops.Pack(weight));
    }

    [Fact]
    public void AVariableIsNeitherPackedNorRounded()
    {
        AssertRefused("pack: packed weights are for inference alone, and what is given requires a gradient", Ops.Pack);
        AssertRefused("to_bfloat16: bf16 is for inference alone, and what is given requires a gradient", Ops.ToBFloat16);
    }

    [Fact]
    public void AnActivationWithinAConvolution()
    {
        using var scope = new TensorScope();
        Tensor weight = Tensor.Zeros([4, 3, 1, 1], Device);
        AssertRefused(
            "conv2d: activation Gelu cannot be recorded; apply it as its own op", x => Ops.Conv2d(x, weight, activation: Activation.Gelu), [1, 2, 2, 3]);
        using var tape = new GradientTape();
        Ops.Conv2d(Tensor.Zeros([1, 2, 2, 3], Device), weight, activation: Activation.Gelu);
    }

    private void AssertRefused(string words, Func<Tensor, Tensor> run, Shape? shape = null)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        Tensor x = Variable(shape ?? [2, 8]);
        Assert.StartsWith(words, Message(() => run(x)));
    }

    private Tensor Variable(Shape shape)
    {
        Tensor x = Tensor.Zeros(shape, Device);
        x.RequiresGrad = true;
        return x;
    }

    private static string Message(Func<Tensor> run) => Assert.Throws<ArgumentException>(run).Message;
}
