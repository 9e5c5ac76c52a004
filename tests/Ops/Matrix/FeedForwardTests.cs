using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Matrix;

/// <summary>A feed-forward network that is not trained makes its hidden layer by pieces.</summary>
public sealed class FeedForwardTests : DeviceTest
{
    private const int Rows = 4099, Channels = 24, Hidden = 1030, Outputs = 19;

    public static TheoryData<CpuIsa, Activation> IsasAndActivations
    {
        get
        {
            var data = new TheoryData<CpuIsa, Activation>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach (Activation activation in Enum.GetValues<Activation>())
                    data.Add(isa, activation);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void ThePiecesGiveTheBitsOfTheWholeInAFractionOfItsMemory(CpuIsa isa)
    {
        CpuDevice device = On(isa);
        using var scope = new TensorScope();
        Network n = Make(device, Activation.Gelu);
        long atRest = device.LiveBytes;
        device.ResetPeak();
        Tensor pieces = n.ByPieces();
        Assert.InRange(device.PeakBytes - atRest, pieces.Count * sizeof(float), Rows * Hidden * sizeof(float) / 3);
        Assert.Equal(n.Whole().ToArray(), pieces.ToArray());
    }

    [Theory]
    [MemberData(nameof(IsasAndActivations))]
    public void FrozenItKeepsItsInputAloneAndGivesTheGradientsOfTheWhole(CpuIsa isa, Activation activation)
    {
        CpuDevice device = On(isa);
        using var scope = new TensorScope();
        Network n = Make(device, activation);
        n.X.RequiresGrad = n.Residual.RequiresGrad = true;
        Tensor cotangent = OpInput.Uniform([Rows, Outputs]).Make(new Random(2), device);
        long atRest = device.LiveBytes;
        (float[] dx, float[] dResidual) = Gradients(n.ByPieces, recorded => Assert.InRange(recorded - atRest, 0, 2 * Rows * Outputs * sizeof(float)));
        (float[] wholeDx, float[] wholeDResidual) = Gradients(n.Whole, _ => { });
        Assert.Equal(wholeDx, dx);
        Assert.Equal(wholeDResidual, dResidual);

        (float[] Dx, float[] DResidual) Gradients(Func<Tensor> forward, Action<long> atHeight)
        {
            using var inner = new TensorScope();
            using var tape = new GradientTape();
            Tensor y = forward();
            atHeight(device.LiveBytes);
            using Gradients gradients = tape.Backward([(y, cotangent)]);
            return (gradients[n.X].ToArray(), gradients[n.Residual].ToArray());
        }
    }

    private static Network Make(CpuDevice device, Activation activation)
    {
        var random = new Random(1);
        Tensor Of(params int[] shape) => OpInput.Uniform(new Shape(shape), -0.5f, 0.5f).Make(random, device);
        return new Network(Of(Rows, Channels), Of(Hidden, Channels), Of(Hidden), Of(Outputs, Hidden), Of(Outputs), Of(Rows, Outputs), activation);
    }

    private sealed record Network(Tensor X, Tensor W1, Tensor B1, Tensor W2, Tensor B2, Tensor Residual, Activation Activation)
    {
        public Tensor ByPieces() => Ops.FeedForward(X, W1, B1, Activation, W2, B2, Residual);

        public Tensor Whole() => Ops.Linear(Ops.Linear(X, W1, B1, Activation), W2, B2, residual: Residual);
    }
}
