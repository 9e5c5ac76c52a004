using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Attention;

/// <summary>Whatever is not zero in a mask blocks, whichever form the mask has.</summary>
public sealed class AttentionMaskTests : DeviceTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    public void AnyNumberButZeroBlocks(byte blocked)
    {
        using var scope = new TensorScope();
        Tensor q = Tensor.Full([1, 1, 4], 1f, Device), k = Tensor.Full([1, 3, 4], 1f, Device);
        Tensor v = Tensor.FromArray([9f, 9f, 9f, 9f, 1f, 1f, 1f, 1f, 3f, 3f, 3f, 3f], [1, 3, 4], Device);
        foreach (int[] shape in (int[][])[[1, 3], [1, 1, 3]])
        {
            Tensor mask = Tensor.FromArray(new byte[] { blocked, 0, 0 }, new Shape(shape), Device);
            Assert.Equal([2f, 2f, 2f, 2f], Ops.Attention(q, k, v, 1, mask).ToArray());
        }
    }
}
