using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using SspNative.Lab.Verification;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>
/// Every kernel gives what it gives on the CPU, for every call of the table of operations, and writes nothing behind its operands. What lies there
/// is NaN, as is new memory, so that it shows where a kernel reads it.
/// </summary>
public sealed class ParityTests : GpuTest
{
    private static readonly Lazy<KernelParity> _parity = new();
    private static readonly Lazy<GpuDevice> _guarded = new(() => GpuDevices.Open(Gpu.Name, guarded: true));

    public static TheoryData<string> Kernels => [.. KernelParity.Kernels];

    [SkippableTheory]
    [MemberData(nameof(Kernels))]
    public void ResultsAreThoseOfTheCpu(string kernel)
    {
        int damage = _guarded.Value.Damage.Count;
        ParityResult result = _parity.Value.Compare(kernel, _guarded.Value);
        Assert.True(result.Calls > 0);
        Assert.True(result.Failures.Count == 0, $"{result.Failures.Count} results differ\n{string.Join('\n', result.Failures.Take(10))}");
        Assert.Empty(_guarded.Value.Damage.Skip(damage));
    }

    /// <summary>A write past the end is found.</summary>
    [SkippableFact]
    public void AWritePastTheEndIsFound()
    {
        using GpuDevice device = GpuDevices.Open(Gpu.Name, guarded: true);
        DeviceBuffer buffer = device.Allocate(100);
        device.Launch(new FillCall(buffer, 1f, 25));
        buffer.Release();
        Assert.Empty(device.Damage);
        buffer = device.Allocate(100);
        device.Launch(new FillCall(buffer, 1f, 33));
        buffer.Release();
        Assert.Equal("a kernel wrote behind a buffer of 100 bytes, at byte 128", Assert.Single(device.Damage));
    }
}
