using System.Globalization;
using System.Runtime.InteropServices;

namespace SspNative.Peers;

/// <summary>The most memory this process has had resident since the last reset, as Linux counts it.</summary>
public static class PeakMemory
{
    private const string Field = "VmHWM:";

    public static long Bytes
    {
        get
        {
            string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Field, StringComparison.Ordinal));
            return 1024 * long.Parse(line[Field.Length..].Replace("kB", ""), NumberStyles.Integer, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Gives back what is free, then makes the present use the peak.</summary>
    public static void Reset()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = Trim(0);
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    // Without it what earlier cases freed would still be counted: the C library keeps it for later.
    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint pad);
}
