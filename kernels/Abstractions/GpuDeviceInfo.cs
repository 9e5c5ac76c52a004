namespace SspNative.Kernels;

/// <summary>A device that was found.</summary>
/// <param name="Name">How it is asked for: <c>cuda:0</c>, <c>opencl:1</c>.</param>
/// <param name="Hardware">What its maker calls it.</param>
/// <param name="Driver">Platform and version.</param>
/// <param name="IsGpu">Else it is a processor that plays one, which is used only when asked for.</param>
/// <param name="Capabilities">What of interest it can do.</param>
/// <param name="WhyNot">Why it cannot be used; null if it can.</param>
public sealed record GpuDeviceInfo(
    string Name, string Hardware, string Driver, bool IsGpu, long MemoryBytes, int Multiprocessors, int SharedBytes,
    IReadOnlyList<string> Capabilities, string? WhyNot);
