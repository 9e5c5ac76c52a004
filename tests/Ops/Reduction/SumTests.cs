using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Reduction;

public sealed class SumTests : DeviceTest
{
    // Of dimensions that do not lie beside each other one sum is made of another.
    [Fact]
    public void WithoutAScopeTheSumAloneIsKept()
    {
        using Tensor x = Tensor.Full([2, 3, 4], 1f, Device);
        using (Tensor sum = Ops.Sum(x, [0, 2]))
        {
            Assert.Equal([8f, 8f, 8f], sum.ToArray());
            Assert.Equal(2, Device.LiveBuffers);
        }
        Assert.Equal(1, Device.LiveBuffers);
    }
}
