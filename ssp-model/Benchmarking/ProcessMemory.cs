using System.Globalization;
using SspNative.Kernels.Cpu;

namespace SspNative.Model.Benchmarking;

/// <summary>The most memory that this process held at once, where the system tells it (Linux).</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status", Clear = "/proc/self/clear_refs";

    /// <summary>Gives back what is free, then begins anew at what is held.</summary>
    public static void ResetPeak()
    {
        CpuDevice.Default.ReleaseCache();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (File.Exists(Clear))
            File.WriteAllText(Clear, "5");
    }

    /// <summary>Bytes since the last <see cref="ResetPeak"/>; null where the system does not tell.</summary>
    public static long? Peak()
    {
        if (!File.Exists(Status))
            return null;
        string? line = File.ReadLines(Status).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        if (line is null)
            return null;
        string kilobytes = line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) << 10;
    }
}
