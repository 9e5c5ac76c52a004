using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SspNative.Kernels.Gpu;

/// <summary>What a driver reports, by its code, and what to do about it.</summary>
internal static class DriverFault
{
    private const string Memory = "the device has too little memory left: smaller frames and fewer clips at once take less";
    private const string Old = "the driver is older than the kernels: install a newer one";
    private const string Taken = "another program may hold the device: wait for it, or take another device";

    /// <summary>Whether a device has too little memory for what was asked.</summary>
    public static bool IsMemory(AcceleratorException e) => Advice(e is CudaException, Code(e)) == Memory;

    /// <summary>One line of what went wrong and what to do.</summary>
    public static string Line(AcceleratorException e) => $"the driver says {Name(e)}: {Advice(e is CudaException, Code(e))}";

    /// <summary>The same as an exception of a device.</summary>
    public static DeviceException Of(AcceleratorException e, string device) => new($"{device}: {Line(e)}", e);

    /// <summary>What to do about a code, by its number: ILGPU has no names for some.</summary>
    internal static string Advice(bool isCuda, int code) => (isCuda, code) switch
    {
        (true, 2) or (false, -4 or -5 or -6 or -61) => Memory,
        (true, 209 or 218 or 222) => Old,
        (true, 46) or (false, -2) => Taken,
        (false, -3) => "the driver has no compiler for kernels: install it whole",
        (true, 214) => "the card's memory is at fault: take another device",
        (true, 702) => "the system ends kernels that run for long on a card that drives a display: take another device",
        (true, 800) => "the system does not let this program use the device: ask whoever runs it",
        _ => "nothing on this device can be trusted now: run it again, and on the processor if that fails too",
    };

    private static int Code(AcceleratorException e) => e switch
    {
        CudaException cuda => Enum.TryParse(cuda.Error, out CudaError code) ? (int)code : 0,
        CLException openCl => (int)openCl.Error,
        _ => 0,
    };

    private static string Name(AcceleratorException e) => e switch
    {
        CudaException cuda => $"{cuda.Error} ({Code(e)})",
        CLException openCl => $"{openCl.Error} ({Code(e)})",
        _ => e.Message.ReplaceLineEndings(" "),
    };
}
