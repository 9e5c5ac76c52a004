using System.Runtime.InteropServices;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels;

/// <summary>Moves test data to and from a device and compares it with references in double precision.</summary>
internal sealed class KernelData(CpuIsa isa) : IDisposable
{
    private readonly CpuDevice _device = new(isa);
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Every instruction set of this machine, as theory data.</summary>
    public static TheoryData<CpuIsa> Isas => [.. CpuDevice.SupportedIsas];

    public IDevice Device => _device;

    /// <summary>Runs a kernel.</summary>
    public void Launch<TCall>(in TCall call) where TCall : struct, IKernelCall<TCall> => _device.Launch(in call);

    /// <summary>Σ x² in double precision.</summary>
    public double SumOfSquares(DeviceBuffer x, long count)
    {
        DeviceBuffer result = Bytes(sizeof(double));
        _device.Launch(new SumOfSquaresCall([new SquaredTensor(x, count)], result));
        return Down<double>(result, 1)[0];
    }

    /// <summary>Whether every element is finite.</summary>
    public bool AllFinite(DeviceBuffer x, long count)
    {
        DeviceBuffer result = Bytes(2);
        _device.Launch(new NonFiniteCall(x, count, result, Slot: 1));
        return Down<byte>(result, 2)[1] switch
        {
            0 => true,
            1 => false,
            byte other => throw new InvalidOperationException($"the kernel wrote {other}"),
        };
    }

    /// <summary>Uninitialised floats.</summary>
    public DeviceBuffer Floats(long count) => Bytes(count * sizeof(float));

    public DeviceBuffer Longs(long count) => Bytes(count * sizeof(long));

    public DeviceBuffer Bytes(long count)
    {
        DeviceBuffer buffer = _device.Allocate(count);
        _buffers.Add(buffer);
        return buffer;
    }

    public DeviceBuffer Up<T>(T[] values) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        DeviceBuffer buffer = Bytes(bytes.Length);
        _device.CopyFromHost(bytes, buffer);
        return buffer;
    }

    public float[] Down(DeviceBuffer buffer, long count) => Down<float>(buffer, count);

    public T[] Down<T>(DeviceBuffer buffer, long count) where T : unmanaged
    {
        var values = new T[count];
        _device.CopyToHost(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers)
            buffer.Release();
        _device.Dispose();
    }

    /// <summary>Normally distributed values.</summary>
    public static float[] Random(long count, int seed = 1, float scale = 1f, float shift = 0f)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (long i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = shift + scale * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return values;
    }

    /// <summary>Each value within tolerance · (|expected| + floor); NaN where NaN is expected.</summary>
    public static void Close(double[] expected, float[] actual, double tolerance, double floor = 1)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool good = double.IsNaN(expected[i])
                ? float.IsNaN(actual[i])
                : Math.Abs(expected[i] - actual[i]) <= tolerance * (Math.Abs(expected[i]) + floor);
            Assert.True(good, $"element {i} of {expected.Length}: expected {expected[i]:g9}, got {actual[i]:g9}");
        }
    }

    /// <summary>Runs a kernel on one thread and on all, and checks that every bit agrees.</summary>
    public static void SameOnAnyThreads(Func<float[]> run)
    {
        int before = CpuThreads.Count;
        float[] many = run();
        try
        {
            CpuThreads.Count = 1;
            Assert.True(MemoryMarshal.AsBytes(run().AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(many.AsSpan())));
        }
        finally
        {
            CpuThreads.Count = before;
        }
    }
}
