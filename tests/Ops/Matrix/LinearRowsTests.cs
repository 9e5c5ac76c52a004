using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Matrix;

/// <summary>Some outputs of a linear layer may be none.</summary>
public sealed class LinearRowsTests : DeviceTest
{
    [Fact]
    public void NoOutputsAreAllowed()
    {
        using var scope = new TensorScope();
        Tensor y = Ops.LinearRows(Tensor.Zeros([7, 13], Device), Tensor.Zeros([21, 13], Device), null, 21, 0);
        Assert.Equal(new Shape(7, 0), y.Shape);
    }
}
