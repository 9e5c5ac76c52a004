using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Diagnostics;

/// <summary>The kernel that makes the first number that is none is named, with its place.</summary>
public sealed class NonFiniteObserverTests : DeviceTest
{
    [Fact]
    public void TheKernelAndTheElementAreNamed()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 4f, 0f, -1f], [2, 2], Device);
        using var profiler = new Profiler();
        using (Device.Observe(new NonFiniteObserver()))
        {
            Ops.Sqrt(Ops.Mul(x, x));
            Assert.Equal(
                "the kernel sqrt made a number that is not finite: Y is NaN at element 3", Assert.Throws<InvalidDataException>(() => Ops.Sqrt(x)).Message);
            using (Profiler.Module("layer"))
                Assert.Equal(
                    $"the kernel log in layer made a number that is not finite: Y is {float.NegativeInfinity} at element 2",
                    Assert.Throws<InvalidDataException>(() => Ops.Log(x)).Message);
            // Of a part of a tensor's rows, within the whole.
            Assert.Contains("is NaN at element ", Assert.Throws<InvalidDataException>(() => Ops.Concat([x, Bad()], 1)).Message);
        }
        Ops.Log(x);

        Tensor Bad() => Tensor.FromArray([1f, float.NaN], [2, 1], Device);
    }
}
