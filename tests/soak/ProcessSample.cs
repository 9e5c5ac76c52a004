using System.Globalization;

namespace SspNative.Soak;

/// <summary>What a process takes, by the system's account of it (<c>/proc</c>).</summary>
/// <param name="Clips">That it has had so far.</param>
/// <param name="Memory">Bytes in memory.</param>
/// <param name="Handles">Open files, pipes and sockets.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Temporary">Files and folders in the folder for temporary files, which is the soak's alone.</param>
internal sealed record ProcessSample(int Clips, long Memory, int Handles, int Threads, int Temporary)
{
    public static ProcessSample Of(int process, int clips)
    {
        long pages = long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], CultureInfo.InvariantCulture);
        return new ProcessSample(
            clips, pages * Environment.SystemPageSize, Directory.GetFileSystemEntries($"/proc/{process}/fd").Length,
            Directory.GetDirectories($"/proc/{process}/task").Length,
            Directory.GetFileSystemEntries(Path.GetTempPath(), "*", SearchOption.AllDirectories).Length);
    }
}
