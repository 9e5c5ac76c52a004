using System.CommandLine;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;

#if GPU
using SspNative.Kernels.Gpu;
#endif

namespace SspNative.Cli;

/// <summary>The option <c>--device</c> that verbs share.</summary>
internal static class DeviceOption
{
    private static readonly Dictionary<IDevice, IRoof> _roofs = [];

    public static Option<string> Create() => new("--device")
    {
        Description = "Where to compute: cpu, cuda[:N], opencl[:N], or auto: the first GPU, else the processor. ssp devices lists them.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "cpu",
    };

    /// <summary>The device of a name.</summary>
    /// <exception cref="InputException">There is no such device, or it cannot be used.</exception>
    public static IDevice Open(string name)
    {
        try
        {
#if GPU
            if (name == "auto")
                name = GpuDevices.All.FirstOrDefault(device => device.IsGpu && device.WhyNot is null)?.Name ?? "cpu";
            return name == "cpu" ? CpuDevice.Default : GpuDevices.Open(name);
#else
            return name is "cpu" or "auto"
                ? CpuDevice.Default
                : throw new ArgumentException($"there is no device '{name}' in a native program, which computes on the processor alone: use the tool or the one file");
#endif
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException)
        {
            // So, too, where the environment asks for an instruction set that does not exist here.
            throw new InputException(e.Message);
        }
    }

    /// <summary>What a device can do at best; measured, which takes seconds, once.</summary>
    /// <param name="device">One that <see cref="Open"/> gave.</param>
    /// <param name="quick">Shorter, for tests.</param>
    public static IRoof RoofOf(IDevice device, bool quick = false)
    {
        if (!_roofs.TryGetValue(device, out IRoof? roof))
            _roofs[device] = roof = Measure(device, quick);
        return roof;
    }

    private static IRoof Measure(IDevice device, bool quick)
    {
#if GPU
        if (device is GpuDevice gpu)
        {
            var roof = GpuRoof.Measure(gpu, quick);
            return new DeviceRoof(roof.Flops, roof.BytesPerSecond, roof.LaunchSeconds);
        }
#endif
        return RoofMeasurement.Measure(quick);
    }
}
