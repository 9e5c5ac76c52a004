using System.Globalization;
using System.Text;

namespace SspNative.Engine.Distributed;

/// <summary>The process that a rank is.</summary>
/// <param name="Id">Its number where it runs.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Numbering">
/// Tells where numbers of processes mean the same: containers may share a machine's name, and machines may too.
/// </param>
public readonly record struct RankProcess(int Id, string Machine, string Numbering)
{
    private const char Between = '\n';

    /// <summary>This process.</summary>
    public static RankProcess This() => new(Environment.ProcessId, Environment.MachineName, OwnNumbering());

    /// <summary>Whether another rank's process can be waited for and ended by its number.</summary>
    public bool IsBeside(RankProcess other) => Machine == other.Machine && Numbering == other.Numbering;

    public override string ToString() => $"process {Id} on {Machine}";

    internal byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Id}{Between}{Machine}{Between}{Numbering}"));

    internal static RankProcess FromBytes(byte[] bytes) =>
        Encoding.UTF8.GetString(bytes).Split(Between) is [string id, string machine, string numbering]
            ? new RankProcess(int.Parse(id, CultureInfo.InvariantCulture), machine, numbering)
            : throw new IOException("a rank does not say which process it is");

    // Of a start of the system, a space of numbers. Elsewhere than on Linux names of machines must do.
    private static string OwnNumbering()
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} {new FileInfo("/proc/self/ns/pid").LinkTarget}"
                : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A number that nobody else has: nothing is waited for or ended.
            return Guid.NewGuid().ToString();
        }
    }
}
