using System.Runtime.InteropServices;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels;

/// <summary>A device of one instruction set for tests of the attention kernels, which frees all it was given.</summary>
internal sealed class AttentionDevice(CpuIsa isa) : IDisposable
{
    private readonly CpuDevice _device = new(isa);
    private readonly List<DeviceBuffer> _buffers = [];

    public static TheoryData<CpuIsa> Isas => [.. CpuDevice.SupportedIsas];

    public IKernels Kernels => _device.Kernels;

    /// <summary>Memory for floats, filled with NaN: a kernel must overwrite all of it.</summary>
    public DeviceBuffer Floats(int count) => Up(Enumerable.Repeat(float.NaN, count).ToArray());

    public DeviceBuffer Up<T>(T[] values) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        DeviceBuffer buffer = _device.Allocate(bytes.Length);
        _buffers.Add(buffer);
        _device.CopyFromHost(bytes, buffer);
        return buffer;
    }

    public float[] Down(DeviceBuffer buffer)
    {
        var values = new float[buffer.ByteLength / sizeof(float)];
        _device.CopyToHost(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers)
            buffer.Release();
        _device.Dispose();
    }

    /// <summary>Uniform values in −1 … 1.</summary>
    public static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }

    /// <summary>rms(actual − expected) ≤ tolerance · rms(expected), which counts as at least 1e-3.</summary>
    public static void NearlyEqual(double[] expected, float[] actual, double tolerance = 2e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0, size = 1e-6 * expected.Length;
        for (int i = 0; i < expected.Length; i++)
        {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        Assert.InRange(Math.Sqrt(error / size), 0, tolerance);
    }

    /// <summary>Every bit agrees between one thread and all.</summary>
    public static void SameOnAnyThreads(Func<float[][]> run)
    {
        float[][] many = run();
        try
        {
            CpuThreads.Count = 1;
            Assert.Equal(many, run());
        }
        finally
        {
            CpuThreads.Count = Environment.ProcessorCount;
        }
    }
}
