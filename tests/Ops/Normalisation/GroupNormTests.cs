using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Normalisation;

public sealed class GroupNormTests : DeviceTest
{
    [Fact]
    public void AMapWithoutPositionsAddsNothingToGradients()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([1, 0, 3, 4], Device), weight = Tensor.Full([4], 1f, Device), bias = Tensor.Full([4], 2f, Device);
        foreach (Tensor t in (Tensor[])[x, weight, bias])
            t.RequiresGrad = true;
        using var tape = new GradientTape();
        Tensor y = Ops.GroupNorm(x, weight, bias, 2);
        Assert.Equal(0, y.Count);
        using Gradients gradients = tape.Backward(Ops.Sum(y));
        Assert.Equal(new float[4], gradients[weight].ToArray());
        Assert.Equal(new float[4], gradients[bias].ToArray());
    }
}
