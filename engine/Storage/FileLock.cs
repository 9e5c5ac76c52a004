using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SspNative.Engine.Storage;

/// <summary>
/// A file that one process holds: the system gives it up when the process ends, however it ends. The file itself stays, so that two processes
/// never hold two files of one name.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, making the file if there is none; null if another process, or this one, holds it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="holder">Who holds it, where that can be read; for a message.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static FileLock? TryTake(string path, out string holder)
    {
        holder = "another process";
        FileStream file;
        try
        {
            // Without a buffer, so that the name can be read at once.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            if (Holder(path) is { } name)
                holder = name;
            return null;
        }
        byte[] me = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.Now:yyyy-MM-dd HH:mm:ss}"));
        file.SetLength(0);
        file.Write(me);
        return new FileLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static string? Holder(string path)
    {
        using SafeFileHandle? file = FileSystem.OpenLocked(path);
        if (file is null)
            return null;
        Span<byte> bytes = stackalloc byte[200];
        string name = Encoding.UTF8.GetString(bytes[..RandomAccess.Read(file, bytes, 0)]);
        return name.Length > 0 && !name.Any(char.IsControl) ? name : null;
    }
}
