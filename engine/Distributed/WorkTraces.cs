using System.Globalization;
using SspNative.Engine.Storage;

namespace SspNative.Engine.Distributed;

/// <summary>
/// What is counted of a process. Counts grow while it works, also where it waits most of the time, as for a slow disk; those of one that hangs stay. Threads
/// of the runtime and the one that watches the ranks do not count: they go on in a process that hangs.
/// </summary>
/// <param name="Used">What its threads have used of the processors; where the system does not count it by thread, what the whole process has used.</param>
/// <param name="Turns">
/// How often its threads had a turn on a processor. A slow disk wakes who waits for it many times a second; one that does not answer, never.
/// </param>
/// <param name="Moved">
/// Bytes that it has read from disks, and what the processes that it started have moved in bytes and used of processors: a number without a unit.
/// </param>
/// <param name="Written">While it forces a file to the disk, which is one long wait: the pages that the machine has written.</param>
internal readonly record struct WorkTraces(TimeSpan Used, long Turns, long Moved, long Written)
{
    /// <summary>The name of the thread that watches the ranks.</summary>
    public const string Watcher = "ranks";

    // In /proc/PROCESS/stat, behind the name, which may hold blanks: time in user code and in the system's.
    private const int UserTime = 11, SystemTime = 12;

    // By the names that the system knows, which are cut. They wake up by themselves, and in a process's first seconds the compiler uses much of a processor.
    private static readonly HashSet<string> _others = [Watcher, ".NET Finalizer", ".NET Tiered Com", ".NET Timer", ".NET TP Gate"];

    /// <summary>Whether this system counts them all.</summary>
    public static bool AreCounted => File.Exists("/proc/thread-self/schedstat") && File.Exists("/proc/thread-self/children");

    /// <summary>This process's own, until now; where the system does not count, all but <see cref="Used"/> are zero.</summary>
    public static WorkTraces Now()
    {
        string[] threads = AreCounted ? ThreadFolders() : [];
        if (threads.Length == 0)
            return new WorkTraces(Environment.CpuUsage.TotalTime, 0, 0, 0);
        (long Nanoseconds, long Turns)[] schedules = [.. threads.Where(t => !_others.Contains(Read($"{t}/comm").Trim())).Select(ScheduleOf)];
        return new WorkTraces(
            TimeSpan.FromMicroseconds(schedules.Sum(s => s.Nanoseconds) / 1000),
            schedules.Sum(s => s.Turns),
            Lines("/proc/self/io", "read_bytes:") + threads.SelectMany(t => Words(Read($"{t}/children"))).Where(IsAnotherProgram).Sum(DoneBy),
            FileSystem.IsFlushing ? PagesWritten() : 0);
    }

    // The file's second number is what the thread waited for a processor.
    private static (long Nanoseconds, long Turns) ScheduleOf(string thread) =>
        Words(Read($"{thread}/schedstat")) is [var used, _, var turns] ? (Number(used), Number(turns)) : default;

    // Of this program is the witness of the ranks, which waits for their end.
    private static bool IsAnotherProgram(string process) => Program(process) != Environment.ProcessPath;

    private static string? Program(string process)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended since.
            return null;
        }
    }

    private static long DoneBy(string process)
    {
        string stat = Read($"/proc/{process}/stat");
        string[] fields = Words(stat[(stat.LastIndexOf(')') + 1)..]);
        long used = fields.Length > SystemTime ? Number(fields[UserTime]) + Number(fields[SystemTime]) : 0;
        return used + Lines($"/proc/{process}/io", "rchar:", "wchar:");
    }

    private static long PagesWritten() => Lines("/proc/vmstat", "nr_written");

    // The sum of what stands behind these words in a file of lines with a word and a number.
    private static long Lines(string path, params string[] words) =>
        Read(path).Split('\n').Select(Words).Where(line => line is [var word, _] && words.Contains(word)).Sum(line => Number(line[1]));

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string[] ThreadFolders()
    {
        try
        {
            return Directory.GetDirectories("/proc/self/task");
        }
        catch (IOException)
        {
            // As where the process may open no more files.
            return [];
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The thread or process has ended since, or this system does not count it.
            return "";
        }
    }
}
