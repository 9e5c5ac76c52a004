using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

public sealed class HardmaxTests : DeviceTest
{
    [Theory]
    [MemberData(nameof(Isas))]
    public void OnlyTheFirstMaximumIsOne(CpuIsa isa)
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 3f, 3f, 2f, 0f, 1f], [2, 3], On(isa));
        Assert.Equal([0f, 1f, 0f, 1f, 0f, 0f], Ops.Hardmax(x).ToArray());
        Assert.Equal([0f, 1f, 1f, 1f, 0f, 0f], Ops.Hardmax(x, 0).ToArray());
    }
}
