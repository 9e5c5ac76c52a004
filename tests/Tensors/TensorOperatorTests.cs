using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Tensors;

public sealed class TensorOperatorTests : DeviceTest
{
    [Fact]
    public void OperatorsAreArithmetic()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.FromArray([1f, -2f, 3f], [3], Device), b = Tensor.FromArray([4f, 5f, 7f], [3], Device);
        AssertIs(a + b, 5f, 3f, 10f);
        AssertIs(a - b, -3f, -7f, -4f);
        AssertIs(a * b, 4f, -10f, 21f);
        AssertIs(a / b, 1f / 4f, -2f / 5f, 3f / 7f);
        AssertIs(-a, -1f, 2f, -3f);
        AssertIs(a + 2f, 3f, 0f, 5f);
        AssertIs(2f + a, 3f, 0f, 5f);
        AssertIs(a - 2f, -1f, -4f, 1f);
        AssertIs(2f - a, 1f, 4f, -1f);
        AssertIs(a * 3f, 3f, -6f, 9f);
        AssertIs(3f * a, 3f, -6f, 9f);
        AssertIs(a / 3f, 1f / 3f, -2f / 3f, 3f / 3f);
        AssertIs(3f / a, 3f / 1f, 3f / -2f, 3f / 3f);
    }

    [Fact]
    public void OperatorsBroadcastAndKeepScalars()
    {
        using var scope = new TensorScope();
        Tensor rows = Tensor.FromArray([1f, 2f], [2, 1], Device), columns = Tensor.FromArray([10f, 20f, 30f], [3], Device);
        AssertIs(rows + columns, 11f, 21f, 31f, 12f, 22f, 32f);
        Assert.Equal(Shape.Scalar, (Tensor.FromArray([6f], Shape.Scalar, Device) / 4f).Shape);
    }

    [Fact]
    public void OperatorsPassGradients()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([2f, 4f], [2], Device);
        x.RequiresGrad = true;
        using var tape = new GradientTape();
        // d/dx of 3x²/4 + 8/x − x.
        Tensor y = 3f * x * x / 4f + 8f / x - x;
        using Gradients gradients = tape.Backward(Ops.Sum(y));
        Assert.Equal([1.5f * 2 - 2f - 1f, 1.5f * 4 - 0.5f - 1f], gradients[x].ToArray());
    }

    [Fact]
    public void OperatorsWithNumbersLeaveNothingBehind()
    {
        Tensor x = Tensor.Full([3], 2f, Device);
        using (Tensor quotient = x / 3f, inverse = 3f / x)
            Assert.Equal(3, Device.LiveBuffers);
        x.Dispose();
    }

    [Fact]
    public void OnItsOwnDeviceATensorStaysItself()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([2], Device);
        Assert.Same(x, x.To(Device));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData((1 << 19) + 3)]
    public void OnAnotherDeviceATensorIsCopied(int count)
    {
        using var other = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        float[] values = [.. Enumerable.Range(0, count).Select(i => i * 0.5f)];
        Tensor x = Tensor.FromArray(values, [count], Device), copy = x.To(other);
        Assert.Same(other, copy.Device);
        Assert.Equal(values, copy.ToArray());
        Assert.Equal([3L], Tensor.FromArray([3L], [1], Device).To(other).ToLongArray());
    }

    [Fact]
    public void GradientsComeBackToTheDeviceOfTheTensor()
    {
        using var other = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 2f], [2], Device), scale = Tensor.FromArray([3f, 5f], [2], other);
        x.RequiresGrad = true;
        using var tape = new GradientTape();
        using Gradients gradients = tape.Backward(Ops.Sum(x.To(other) * scale));
        Assert.Same(Device, gradients[x].Device);
        Assert.Equal([3f, 5f], gradients[x].ToArray());
    }

    private static void AssertIs(Tensor found, params float[] expected) => Assert.Equal(expected, found.ToArray());
}
