using System.Globalization;

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
            return 1024 * long.Parse(line[Field.Length..].Replace("kB", ""), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Makes the present use the peak.</summary>
    public static void Reset() => File.WriteAllText("/proc/self/clear_refs", "5");
}
