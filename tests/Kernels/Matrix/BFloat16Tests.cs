using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Kernels.Matrix;

/// <summary>Weights that are stored in half the memory.</summary>
public sealed class BFloat16Tests : DeviceTest
{
    /// <summary>Every path of the product: rows in place, strips, blocks; either layout; odd sizes and whole tiles.</summary>
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 64, 96 }, { 3, 17, 13 }, { 30, 270, 260 }, { 60, 530, 300 }, { 300, 70, 130 }, { 330, 96, 64 },
    };

    [Fact]
    public void APrecisionThatAProcessorHasNotIsRefused() => Assert.Contains(
        "the precision tf32 needs the tensor cores of a CUDA device",
        Assert.Throws<ArgumentException>(() => new CpuDevice(CpuIsa.Portable, precision: Precision.Tf32)).Message);

    /// <summary>Widening is exact, and so is the order of the sums: nothing but the weights' own rounding tells the two apart.</summary>
    [Theory]
    [MemberData(nameof(Sizes))]
    public void AProductHasTheBitsOfOneWithWidenedWeights(int m, int n, int k)
    {
        foreach (CpuIsa isa in CpuDevice.SupportedIsas)
            foreach (bool transposed in new[] { false, true })
            {
                using var scope = new TensorScope();
                CpuDevice device = On(isa);
                Tensor x = Uniform([m, k], 1, device), stored = Ops.ToBFloat16(Uniform(transposed ? [n, k] : [k, n], 2, device));
                Tensor widened = Tensor.FromArray(stored.ToArray(), stored.Shape, device);
                Assert.Equal(Ops.MatMul(x, widened, transposed).ToArray(), Ops.MatMul(x, stored, transposed).ToArray());
            }
    }

    /// <summary>Every bf16 is itself; what lies between goes to the nearer, from the middle to the even one; infinity and NaN stay what they are.</summary>
    [Theory]
    [MemberData(nameof(Isas))]
    public void RoundingIsToTheNearestEven(CpuIsa isa)
    {
        using var scope = new TensorScope();
        var bits = new List<uint>();
        for (uint upper = 0; upper <= 0xFFFF; upper++)
            bits.AddRange([upper << 16, (upper << 16) | 0x7FFF, (upper << 16) | 0x8000, (upper << 16) | 0x8001]);
        float[] values = [.. bits.Select(BitConverter.UInt32BitsToSingle)];
        float[] rounded = Ops.ToBFloat16(Tensor.FromArray(values, [values.Length], On(isa))).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            uint upper = bits[i] >> 16, lower = bits[i] & 0xFFFF;
            uint expected = lower > 0x8000 || (lower == 0x8000 && upper % 2 == 1) ? upper + 1 : upper;
            if (float.IsNaN(values[i]))
                Assert.True(float.IsNaN(rounded[i]), $"{bits[i]:x8} became {rounded[i]}");
            else
                Assert.Equal(expected << 16, BitConverter.SingleToUInt32Bits(rounded[i]));
        }
    }

    [Fact]
    public void ItTakesHalfTheMemory()
    {
        using var scope = new TensorScope();
        long before = Device.LiveBytes;
        Tensor weight = Uniform([512, 1024], 1, Device);
        long whole = Device.LiveBytes - before;
        Tensor stored = Ops.ToBFloat16(weight);
        Assert.Equal(whole / 2, Device.LiveBytes - before - whole);
    }

    [Fact]
    public void NoGradientPassesThroughIt()
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        Tensor x = Uniform([2, 4], 1, Device), weight = Ops.ToBFloat16(Uniform([3, 4], 2, Device));
        Tensor table = Ops.ToBFloat16(Uniform([3, 4], 3, Device)), square = Ops.ToBFloat16(Uniform([3, 3], 4, Device));
        // Nothing requires a gradient so far.
        Ops.Linear(x, weight);
        x.RequiresGrad = true;
        table.RequiresGrad = true;
        Action[] refused =
        [
            () => Ops.Linear(x, weight), () => Ops.LinearConcat(x, (weight, null)), () => Ops.FeedForward(x, weight, null, Activation.Gelu, square, null),
            () => Ops.MatMul(x, weight, transposeB: true), () => Ops.Embedding(Tensor.FromArray([1L], [1], Device), table),
        ];
        foreach (Action call in refused)
            Assert.Contains("load the model in fp32 to differentiate it", Assert.Throws<ArgumentException>(call).Message);
        Assert.Contains("requires a gradient", Assert.Throws<ArgumentException>(() => Ops.ToBFloat16(x)).Message);
    }
}
