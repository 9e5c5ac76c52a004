using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SspNative.Engine.Storage;

/// <summary>What .NET does not offer of the file system: flushes whose errors are seen, and an exchange of two names.</summary>
internal static class FileSystem
{
    private const int Interrupted = 4;
    private const int Invalid = 22;
    private const int ReadOnly = 0;
    private const int CurrentFolder = -100;
    private const uint Exchanged = 2;

    private static int _flushes;

    /// <summary>Whether a thread of this process forces a file or folder to the disk.</summary>
    public static bool IsFlushing => Volatile.Read(ref _flushes) > 0;

    /// <summary>Forces a file to the disk. <c>FileStream.Flush(true)</c> does so too, but returns normally when the disk refuses.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void FlushToDisk(SafeFileHandle file, string path)
    {
        bool done = Flush(file);
        if (!done)
            throw new IOException($"{path}: could not be forced to the disk: {LastError()}");
    }

    /// <summary>Forces a folder's list of names to the disk, where a system can.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void FlushFolderToDisk(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        using SafeFileHandle handle = open(folder, ReadOnly);
        // A folder that may be written but not read cannot be opened; some file systems cannot flush folders.
        if (!handle.IsInvalid && !Flush(handle) && Marshal.GetLastPInvokeError() != Invalid)
            throw new IOException($"{folder}: the folder could not be forced to the disk: {LastError()}");
    }

    /// <summary>Opens a file to read that somebody holds a lock of; null where it cannot be opened. .NET's own ways respect the lock.</summary>
    public static SafeFileHandle? OpenLocked(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        SafeFileHandle handle = open(path, ReadOnly);
        return handle.IsInvalid ? null : handle;
    }

    /// <summary>Exchanges the names of two files or folders in one step; false where the system or file system cannot.</summary>
    public static bool TryExchange(string first, string second)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return renameat2(CurrentFolder, first, CurrentFolder, second, Exchanged) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return false;
        }
    }

    private static bool Flush(SafeFileHandle file) => Flushing(() => OperatingSystem.IsWindows() ? FlushFileBuffers(file) : Synchronize(file));

    /// <summary>Does what <see cref="IsFlushing"/> tells of.</summary>
    internal static bool Flushing(Func<bool> flush)
    {
        Interlocked.Increment(ref _flushes);
        try
        {
            return flush();
        }
        finally
        {
            Interlocked.Decrement(ref _flushes);
        }
    }

    private static bool Synchronize(SafeFileHandle file)
    {
        int result;
        do
            result = fsync(file);
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return result == 0;
    }

    private static string LastError() => Marshal.GetLastPInvokeErrorMessage();

#pragma warning disable SYSLIB1054, IDE1006 // Source-generated P/Invoke needs unsafe code, which is the kernels' alone; the names are those of the C library.
    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(SafeFileHandle file);

    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern SafeFileHandle open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int renameat2(
        int firstFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string first, int secondFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string second, uint flags);

    [DllImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool FlushFileBuffers(SafeFileHandle file);
#pragma warning restore SYSLIB1054, IDE1006
}
