using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SspNative.Cli.Ranks;

/// <summary>
/// Waits for the first of several processes to end, which need not be children of this one. The system keeps their order. Linux alone has it.
/// </summary>
/// <remarks>
/// A process is gone only when all its threads are and its memory is given back. Others see the memory go and may end sooner, so the ends of threads that
/// live as long as the process tell, where the system has that (Linux 6.9). On a busy machine even those come late, and what reads the memory of a killed
/// process may have ended by itself before: so a process that a signal ends goes before one that ends by itself.
/// </remarks>
internal sealed class ProcessEnds : IDisposable
{
    private const int OpenProcess = 434, OneThread = 128, SendSignal = 424, Add = 1, Readable = 1, Interrupted = 4, Kill = 9, SignalMask = 0x7F;

    // The threads of the .NET runtime that end with the process alone.
    private static readonly string[] _runtimeThreads =
        [".NET SynchManag", ".NET EventPipe", ".NET DebugPipe", ".NET Debugger", ".NET Finalizer", ".NET SigHandler"];

    // The system's struct of an event and a number is packed on x64.
    private static readonly int _eventLength = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly IReadOnlyList<int> _processes;
    private readonly SafeFileHandle[] _handles;
    private readonly SafeFileHandle _queue;

    private ProcessEnds(IReadOnlyList<int> processes, SafeFileHandle[] handles, SafeFileHandle queue) =>
        (_processes, _handles, _queue) = (processes, handles, queue);

    /// <summary>Begins to watch processes of this machine; null where the system cannot.</summary>
    public static ProcessEnds? TryWatch(IReadOnlyList<int> processes)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        SafeFileHandle queue = epoll_create1(0);
        (int Index, SafeFileHandle End)[] ends = [.. processes.SelectMany((process, index) => Ends(process).Select(end => (index, end)))];
        var watch = new ProcessEnds(processes, [.. ends.Select(e => e.End)], queue);
        if (!queue.IsInvalid && ends.All(e => !e.End.IsInvalid && epoll_ctl(queue, Add, e.End, Event(e.Index)) == 0))
            return watch;
        watch.Dispose();
        return null;
    }

    // Of threads that live as long as it does where the system can, else of the process.
    private static SafeFileHandle[] Ends(int process)
    {
        SafeFileHandle[] threads = [.. LastingThreads(process).Select(t => Open(t, OneThread))];
        if (threads.Length > 0 && threads.All(t => !t.IsInvalid))
            return threads;
        foreach (SafeFileHandle thread in threads)
            thread.Dispose();
        return [Open(process, 0)];
    }

    // The first thread, and the runtime's. Age would not tell: numbers of threads begin again at the system's largest.
    private static int[] LastingThreads(int process)
    {
        string tasks = $"/proc/{process}/task";
        try
        {
            return
            [
                .. Directory.GetDirectories(tasks).Select(t => int.Parse(Path.GetFileName(t), CultureInfo.InvariantCulture))
                    .Where(t => t == process || IsRuntimes(t)),
            ];
        }
        catch (IOException)
        {
            return []; // it has ended
        }

        bool IsRuntimes(int thread) => ReadAllText($"{tasks}/{thread}/comm") is string name && _runtimeThreads.Contains(name.TrimEnd());
    }

    private static SafeFileHandle Open(int id, int flags) => new(syscall(OpenProcess, id, flags), ownsHandle: true);

    /// <summary>Waits, and returns the index of the process that ended first.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public int WaitForFirst()
    {
        byte[] ended = Event(0);
        while (epoll_wait(_queue, ended, 1, -1) < 1)
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new IOException($"processes cannot be waited for: {Marshal.GetLastPInvokeErrorMessage()}");
        int first = BitConverter.ToInt32(ended, _eventLength - 8);
        if (EndingSignal(_processes[first]) is not 0)
            return first;
        return Enumerable.Range(0, _processes.Count).FirstOrDefault(i => EndingSignal(_processes[i]) > 0, first);
    }

    // The signal that ends a process, known as soon as it is sent: 0 where there is none, null where the process is gone. Its state and its code are the first
    // and the last of the numbers behind its name. The code of a stopped process is the signal that stopped it.
    private static int? EndingSignal(int process) =>
        ReadAllText($"/proc/{process}/stat")?.Split(") ")[^1].Split(' ') is [string state, .., string code]
            ? state is "T" or "t" ? 0 : int.Parse(code, CultureInfo.InvariantCulture) & SignalMask
            : null;

    private static string? ReadAllText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }

    /// <summary>Ends those processes that have not ended. By its handle, since a number may be another process's by now.</summary>
    public void EndAll()
    {
        foreach (SafeFileHandle end in _handles)
            _ = syscall(SendSignal, end, Kill, 0, 0);
    }

    /// <summary>Leaves the group of processes and the terminal that started this one, whose end it must see.</summary>
    public static void LeaveSession() => _ = setsid();

    public void Dispose()
    {
        foreach (SafeFileHandle handle in _handles)
            handle.Dispose();
        _queue.Dispose();
    }

    private static byte[] Event(int number)
    {
        byte[] bytes = new byte[_eventLength];
        BitConverter.TryWriteBytes(bytes, Readable);
        BitConverter.TryWriteBytes(bytes.AsSpan(_eventLength - 8), number);
        return bytes;
    }

#pragma warning disable SYSLIB1054, IDE1006 // Source-generated P/Invoke needs unsafe code, which is the kernels' alone; the names are those of the C library.
    [DllImport("libc")]
    private static extern nint syscall(nint number, nint process, nint flags);

    [DllImport("libc")]
    private static extern SafeFileHandle epoll_create1(int flags);

    [DllImport("libc")]
    private static extern int epoll_ctl(SafeFileHandle queue, int operation, SafeFileHandle file, byte[] what);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_wait(SafeFileHandle queue, byte[] events, int most, int timeout);

    [DllImport("libc")]
    private static extern nint syscall(nint number, SafeFileHandle process, nint signal, nint information, nint flags);

    [DllImport("libc")]
    private static extern int setsid();
#pragma warning restore SYSLIB1054, IDE1006
}
