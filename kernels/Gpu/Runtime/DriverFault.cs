using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SspNative.Kernels.Gpu;

/// <summary>What a driver reports, by its code, and what to do about it.</summary>
internal static class DriverFault
{
    // Parts of the names that CUDA and OpenCL give their codes.
    private static readonly string[] _memory = ["OUT_OF_MEMORY", "OUT_OF_HOST_MEMORY", "OUT_OF_RESOURCES", "MEM_OBJECT_ALLOCATION_FAILURE", "INVALID_BUFFER_SIZE"];

    private static readonly (string Part, string Advice)[] _advice =
    [
        ("UNSUPPORTED_PTX", "the driver is older than the kernels: install a newer one"),
        ("INVALID_PTX", "the driver is older than the kernels: install a newer one"),
        ("NO_BINARY", "the driver is older than the kernels: install a newer one"),
        ("UNAVAILABLE", "another program may hold the device: wait for it, or take another device"),
        ("NOT_AVAILABLE", "another program may hold the device: wait for it, or take another device"),
        ("TIMEOUT", "the system ends kernels that run for long on a card that drives a display: take another device"),
        ("ECC", "the card's memory is at fault: take another device"),
        ("HARDWARE", "the card is at fault: take another device"),
        ("NOT_PERMITTED", "the system does not let this program use the device: ask whoever runs it"),
    ];

    /// <summary>Whether a device has too little memory for what was asked.</summary>
    public static bool IsMemory(AcceleratorException e) => _memory.Any(Code(e).Contains);

    /// <summary>One line of what went wrong and what to do.</summary>
    public static string Line(AcceleratorException e)
    {
        string code = Code(e);
        string advice = IsMemory(e)
            ? "the device has too little memory left: smaller frames and fewer clips at once take less"
            : _advice.FirstOrDefault(a => code.Contains(a.Part, StringComparison.Ordinal)).Advice
                ?? "nothing on this device can be trusted now: run it again, and on the processor if that fails too";
        return $"the driver says {code}: {advice}";
    }

    /// <summary>The same as an exception of a device.</summary>
    public static DeviceException Of(AcceleratorException e, string device) => new($"{device}: {Line(e)}", e);

    private static string Code(AcceleratorException e) => e switch
    {
        CudaException cuda => cuda.Error.ToString(),
        CLException openCl => openCl.Error.ToString(),
        _ => e.Message.ReplaceLineEndings(" "),
    };
}
