using System.CommandLine;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;

namespace SspNative.Cli;

/// <summary>The option <c>--device</c> that verbs share.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device")
    {
        Description = "Where to compute: cpu.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "cpu",
    };

    /// <summary>The device of a name.</summary>
    /// <exception cref="InputException">There is no such device.</exception>
    public static IDevice Open(string name)
    {
        if (name != "cpu")
            throw new InputException($"there is no device {name}; there is cpu");
        try
        {
            return CpuDevice.Default;
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException)
        {
            // The instruction set that the environment asks for does not exist here.
            throw new InputException(e.Message);
        }
    }
}
