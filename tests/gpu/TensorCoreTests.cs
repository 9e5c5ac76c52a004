using System.Runtime.InteropServices;
using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Products on tensor cores, which are emulated by definition: every element's place is that of the CPU's result.</summary>
[Trait("speed", "slow")]
public sealed class TensorCoreTests : GpuTest, IDisposable
{
    private readonly Dictionary<Precision, GpuDevice> _devices = [];

    /// <summary>m, n, k: less than a tile, several small tiles, whole and not, and large ones.</summary>
    public static TheoryData<Precision, int, int, int> Products
    {
        get
        {
            var data = new TheoryData<Precision, int, int, int>();
            foreach (Precision precision in new[] { Precision.Tf32, Precision.Tf32x3, Precision.Bf16 })
                foreach ((int m, int n, int k) in new[] { (1, 1, 1), (3, 5, 0), (1, 100, 33), (37, 70, 15), (33, 65, 48), (64, 128, 36), (1412, 1404, 20) })
                    data.Add(precision, m, n, k);
            return data;
        }
    }

    /// <summary>Numbers of few bits, of which nothing is rounded: the results are equal, whatever the order of the sums.</summary>
    [SkippableTheory]
    [MemberData(nameof(Products))]
    public void EveryElementIsExactlyThatOfTheCpu(Precision precision, int m, int n, int k)
    {
        using var host = new HostBuffers();
        GpuDevice device = On(precision);
        foreach ((bool aTransposed, bool bTransposed) in new[] { (false, true), (false, false), (true, false) })
            // Whole quads, then odd strides and offsets.
            foreach (int gap in new[] { 0, 3 })
            {
                MatrixView a = Coarse(host, m, k, aTransposed, gap, 1), b = Coarse(host, k, n, bTransposed, gap, 2), c = Coarse(host, m, n, false, gap, 3);
                HostBuffers.Compare(new GemmCall(m, n, k, a, b, c, Accumulate: gap > 0), device);
            }
    }

    [SkippableTheory]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Tf32x3)]
    [InlineData(Precision.Bf16)]
    public void WhatFollowsAProductIsAsOnTheCpu(Precision precision)
    {
        using var host = new HostBuffers();
        const int m = 70, n = 88, k = 40;
        MatrixView a = Coarse(host, m, k, false, 0, 1), b = Coarse(host, k, n, true, 0, 2), c = Coarse(host, m, n, false, 0, 3);
        DeviceBuffer bias = host.Of(Values(n, 4)), residual = host.Of(Values(m * n, 5)), pre = host.Room<float>(m * n);
        HostBuffers.Compare(new GemmCall(m, n, k, a, b, c, false, bias, Activation.Gelu, residual, pre), On(precision), 1e-6);
        HostBuffers.Compare(new GemmCall(m, n, k, a, b, c, Accumulate: true), On(precision));
    }

    [SkippableFact]
    public void BatchesAndSharedOutputsAreAsOnTheCpu()
    {
        using var host = new HostBuffers();
        const int m = 70, n = 40, k = 33;
        DeviceBuffer a = host.Of(Values(6 * m * k, 1)), b = host.Of(Values(6 * k * n, 2));
        BatchLayout own = new(new BatchAxis(3, m * k, k * n, m * n)), one = new(new BatchAxis(6, m * k, k * n, 0));
        foreach ((BatchLayout batch, int outputs) in new[] { (own, 3), (one, 1) })
            HostBuffers.Compare(
                new GemmBatchedCall(new GemmCall(m, n, k, new(a, 0, k), new(b, 0, n), new(host.Of(Values(outputs * m * n, 3)), 0, n)), batch),
                On(Precision.Tf32));
    }

    /// <summary>Weights that are stored as bf16 are multiplied as they are.</summary>
    [SkippableTheory]
    [InlineData(20, 24, 64)]
    [InlineData(20, 23, 37)]
    [InlineData(1412, 1404, 20)]
    public void StoredWeightsAreExact(int m, int n, int k)
    {
        using var host = new HostBuffers();
        ushort[] stored = [.. Values(n * k, 2).Select(BFloat16.Round)];
        var call = new GemmCall(
            m, n, k, Coarse(host, m, k, false, 0, 1), new MatrixView(host.Of(stored), 0, k, Transposed: true), Coarse(host, m, n, false, 0, 3),
            BType: DType.BF16);
        HostBuffers.Compare(call, On(Precision.Bf16));
        HostBuffers.Compare(call, Gpu);
    }

    /// <summary>Both factors are rounded, once, each as its type rounds; what is split in two loses next to nothing.</summary>
    [SkippableTheory]
    [InlineData(Precision.Tf32, 1e-5)]
    [InlineData(Precision.Tf32x3, 2e-6)]
    [InlineData(Precision.Bf16, 1e-5)]
    public void FactorsAreRoundedOnce(Precision precision, double tolerance)
    {
        using var host = new HostBuffers();
        const int m = 60, n = 72, k = 96;
        float[] a = Uniform(m * k, 1), b = Uniform(k * n, 2);
        float[] expected = Product(Cpu, a, b, x => Rounded(x, precision)), actual = Product(On(precision), a, b, x => x), whole = Product(Cpu, a, b, x => x);
        double largest = expected.Max(Math.Abs);
        Assert.True(Difference(expected, actual) <= tolerance * largest, $"{Difference(expected, actual) / largest:g3} from rounded factors");
        if (precision != Precision.Tf32x3)
            Assert.True(Difference(whole, actual) > 1e-4 * largest, "nothing was rounded");

        float[] Product(IDevice device, float[] left, float[] right, Func<float, float> round)
        {
            DeviceBuffer[] buffers = [Upload(device, [.. left.Select(round)]), Upload(device, [.. right.Select(round)]), device.Allocate(4 * m * n)];
            device.Launch(new GemmCall(m, n, k, new(buffers[0], 0, k), new(buffers[1], 0, k, Transposed: true), new(buffers[2], 0, n)));
            byte[] bytes = new byte[4 * m * n];
            device.CopyToHost(buffers[2], bytes);
            foreach (DeviceBuffer buffer in buffers)
                buffer.Release();
            return FloatsOf(bytes);
        }
    }

    [SkippableFact]
    public void ADeviceWithoutTensorCoresRefusesTheirPrecisions()
    {
        _ = Gpu;
        string name = Environment.GetEnvironmentVariable(Variable)!;
        Skip.If(name.StartsWith("cuda", StringComparison.Ordinal), "it may have them");
        foreach (Precision precision in new[] { Precision.Tf32, Precision.Tf32x3 })
            Assert.Contains("needs the tensor cores of a CUDA device", Assert.Throws<ArgumentException>(() => GpuDevices.Open(name, precision)).Message);
    }

    public void Dispose()
    {
        foreach (GpuDevice device in _devices.Values)
            device.Dispose();
    }

    private GpuDevice On(Precision precision)
    {
        _ = Gpu;
        if (!_devices.TryGetValue(precision, out GpuDevice? device))
            _devices[precision] = device = GpuDevices.Open(Environment.GetEnvironmentVariable(Variable)!, precision, emulatesTensorCores: true);
        return device;
    }

    private static float Rounded(float x, Precision precision) => precision switch
    {
        Precision.Tf32 => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(x) + 0x1000) & 0xFFFFE000),
        Precision.Bf16 => BFloat16.Widen(BFloat16.Round(x)),
        _ => x,
    };

    private static double Difference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();

    // Multiples of 1/16 up to 4.
    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(-64, 65) / 16f)];
    }

    private static float[] Uniform(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2f * random.NextSingle() - 1f)];
    }

    private static MatrixView Coarse(HostBuffers host, int rows, int columns, bool transposed, int gap, int seed)
    {
        int stride = (transposed ? rows : columns) + gap, lines = transposed ? columns : rows;
        return new MatrixView(host.Of(Values(gap + lines * stride, seed)), gap, stride, transposed);
    }

    private static DeviceBuffer Upload(IDevice device, float[] values)
    {
        DeviceBuffer buffer = device.Allocate(4 * values.Length);
        device.CopyFromHost(MemoryMarshal.AsBytes(values.AsSpan()), buffer);
        return buffer;
    }
}
