using System.Globalization;
using System.Runtime.InteropServices;

namespace SspNative.Lab.Benchmarking;

/// <summary>The most memory that this process held at once, where the system tells it (Linux). Engine and peers are measured by this same file.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status", Clear = "/proc/self/clear_refs";

    private delegate int MallocTrim(nuint pad);

    /// <summary>Gives back what is free, then begins anew at what is held.</summary>
    public static void ResetPeak()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // The C library keeps for later what was freed: what earlier cases held would still be counted.
        if (NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "malloc_trim", out nint trim))
            _ = Marshal.GetDelegateForFunctionPointer<MallocTrim>(trim)(0);
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
