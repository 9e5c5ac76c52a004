using System.Runtime.InteropServices;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>A test on the device that <c>SSP_GPU</c> names, such as <c>opencl:0</c>. Without that variable there is none, and it is skipped.</summary>
[Collection(nameof(GpuTest))]
public abstract class GpuTest
{
    /// <summary>Environment variable that names the device under test.</summary>
    public const string Variable = "SSP_GPU";

    private static readonly Lazy<GpuDevice?> _device = new(() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name ? GpuDevices.Open(name) : null);

    /// <summary>The device under test.</summary>
    protected static GpuDevice Gpu
    {
        get
        {
            Skip.If(_device.Value is null, $"{Variable} names no device");
            return _device.Value!;
        }
    }

    /// <summary>What it is compared with.</summary>
    protected static CpuDevice Cpu => CpuDevice.Default;

    protected static float[] FloatsOf(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}

/// <summary>Tests share the device, so they take turns.</summary>
[CollectionDefinition(nameof(GpuTest), DisableParallelization = true)]
public sealed class GpuTestGroup;
