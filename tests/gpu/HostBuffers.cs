using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Operands of calls on the CPU, and the comparison of a call over them with a GPU.</summary>
internal sealed class HostBuffers : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Values in low … high.</summary>
    public DeviceBuffer Uniform(long count, int seed, float low = -1f, float high = 1f)
    {
        var random = new Random(seed);
        return Of<float>([.. Enumerable.Range(0, (int)count).Select(_ => low + (high - low) * random.NextSingle())]);
    }

    public DeviceBuffer Of<T>(T[] values)
        where T : unmanaged
    {
        DeviceBuffer buffer = Room<T>(values.Length);
        CpuDevice.Default.CopyFromHost(MemoryMarshal.AsBytes(values.AsSpan()), buffer);
        return buffer;
    }

    /// <summary>For results.</summary>
    public DeviceBuffer Room<T>(long count)
        where T : unmanaged
    {
        DeviceBuffer buffer = CpuDevice.Default.Allocate(count * Unsafe.SizeOf<T>());
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>The call gives the same on the CPU and on a GPU, and the same bits each time.</summary>
    /// <param name="tolerance">Of the largest number of a result; 0: the bits are the same.</param>
    public static void Compare<TCall>(TCall call, GpuDevice gpu, double tolerance = 0)
        where TCall : struct, IKernelCall<TCall>
    {
        var recorder = new CallRecorder(keepInputs: true);
        using (CpuDevice.Default.Observe(recorder))
            CpuDevice.Default.Launch(in call);
        RecordedCall recorded = recorder.Calls.Single();
        using var cpu = new CallReplay(recorded, CpuDevice.Default);
        cpu.Launch();
        IReadOnlyDictionary<string, byte[]> expected = cpu.Outputs();
        for (int run = 0; run < 3; run++)
        {
            using var replay = new CallReplay(recorded, gpu);
            replay.FillOutputs(0xFF);
            replay.Launch();
            IReadOnlyDictionary<string, byte[]> actual = replay.Outputs();
            foreach (Operand operand in recorded.Operands.Where(o => o.IsWritten))
                Compare($"{call}: {operand.Name}", operand.DType, expected[operand.Name], actual[operand.Name], run == 0 ? tolerance : 0);
            // Later runs are compared with the first one of the GPU.
            expected = actual;
        }
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers)
            buffer.Release();
    }

    private static void Compare(string what, DType type, byte[] expected, byte[] actual, double tolerance)
    {
        if (type != DType.F32)
        {
            Assert.True(expected.AsSpan().SequenceEqual(actual), what);
            return;
        }
        float[] want = MemoryMarshal.Cast<byte, float>(expected).ToArray(), got = MemoryMarshal.Cast<byte, float>(actual).ToArray();
        double allowed = tolerance * want.Where(float.IsFinite).Select(x => Math.Abs((double)x)).DefaultIfEmpty(0).Max();
        for (int i = 0; i < want.Length; i++)
        {
            bool same = want[i].Equals(got[i]) || (tolerance > 0 && Math.Abs((double)want[i] - got[i]) <= allowed);
            Assert.True(same, $"{what}: element {i} is {got[i]:R} and should be {want[i]:R}");
        }
    }
}
