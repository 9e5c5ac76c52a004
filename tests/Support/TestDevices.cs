using SspNative.Cli.Options;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;

namespace SspNative.Tests.Support;

/// <summary>
/// Where tests compute that are not about the processor itself: on it, or on the device that <c>SSP_TEST_DEVICE</c> names, such as <c>opencl</c>. Then
/// tests must take turns: <c>-- xUnit.MaxParallelThreads=1</c>.
/// </summary>
internal static class TestDevices
{
    private static readonly string? _name = Environment.GetEnvironmentVariable("SSP_TEST_DEVICE") is { Length: > 0 } name ? name : null;
    private static readonly Lazy<IDevice> _shared = new(() => _name is null ? CpuDevice.Default : DeviceOption.Open(_name));

    /// <summary>Whether it is the processor.</summary>
    public static bool IsCpu => _name is null;

    /// <summary>The one that tests share.</summary>
    public static IDevice Shared => _shared.Value;

    /// <summary>One whose buffers nobody else counts; disposed by who asked.</summary>
    public static IDevice Own() => _name is null ? new CpuDevice(CpuDevice.Default.Isa) : DeviceOption.Open(_name);
}
