using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>
/// A test that computes on devices of its own and must free all it allocates there: a buffer that is still live after a test
/// fails it.
/// </summary>
public abstract class DeviceTest : IDisposable
{
    private readonly Dictionary<CpuIsa, CpuDevice> _devices = [];
    private int? _before;

    /// <summary>Every instruction set of this machine, as theory data.</summary>
    public static TheoryData<CpuIsa> Isas => [.. CpuDevice.SupportedIsas];

    /// <summary>The device on the best instruction set of this machine, or the one of <see cref="TestDevices"/>.</summary>
    protected IDevice Device
    {
        get
        {
            if (TestDevices.IsCpu)
                return Best;
            // Its kernels are compiled once: all tests share it.
            _before ??= TestDevices.Shared.LiveBuffers;
            return TestDevices.Shared;
        }
    }

    /// <summary>The processor's device on the best instruction set.</summary>
    protected CpuDevice Best => On(CpuDevice.SupportedIsas.Max());

    /// <summary>The device of this test on an instruction set.</summary>
    protected CpuDevice On(CpuIsa isa)
    {
        if (!_devices.TryGetValue(isa, out CpuDevice? device))
            _devices[isa] = device = new CpuDevice(isa);
        return device;
    }

    /// <summary>Values from −1 to 1, the same for the same seed; on the best instruction set unless a device is named.</summary>
    protected Tensor Uniform(Shape shape, int seed, IDevice? device = null) => OpInput.Uniform(shape).Make(new Random(seed), device ?? Device);

    public void Dispose()
    {
        foreach (CpuDevice device in _devices.Values)
        {
            int live = device.LiveBuffers;
            device.Dispose();
            Assert.True(live == 0, $"{live} buffers of {device.Description} were never freed");
        }
        _devices.Clear();
        if (_before is { } before)
            Assert.Equal(before, TestDevices.Shared.LiveBuffers);
        GC.SuppressFinalize(this);
    }
}
