using System.Text;
using System.Text.RegularExpressions;

namespace SspNative.Engine.Storage;

/// <summary>
/// Writes a file that appears under its name only when it is complete and on the disk: it is written beside it under a
/// temporary name, forced to the disk, and renamed. Until then, and after any error, what was there before stays.
/// </summary>
public static partial class AtomicFile
{
    private const string TemporaryExtension = ".part";

    /// <summary>Writes a file, replacing one of that name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="IOException">It cannot be written, or the disk did not take it; what was there before is unchanged.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Guid.NewGuid().ToString("N")[..8]}{TemporaryExtension}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
            {
                write(stream);
                stream.Flush();
                FileSystem.FlushToDisk(stream.SafeFileHandle, path);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        // Without this the rename itself may be lost with the power.
        FileSystem.FlushFolderToDisk(Path.GetDirectoryName(full)!);
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="IOException">As <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Deletes what a process that was killed while it wrote the file left beside it. Only for a file that no other process
    /// may be writing now.
    /// </summary>
    public static void DeleteAbandoned(string path)
    {
        string full = Path.GetFullPath(path), name = Path.GetFileName(full);
        if (Path.GetDirectoryName(full) is not { } folder || !Directory.Exists(folder))
            return;
        foreach (string file in Directory.EnumerateFiles(folder))
            if (Path.GetFileName(file) is var other && other.StartsWith(name, StringComparison.Ordinal) && TemporarySuffix().IsMatch(other.AsSpan(name.Length)))
                File.Delete(file);
    }

    [GeneratedRegex(@"^\.[0-9a-f]{8}\.part$")]
    private static partial Regex TemporarySuffix();
}
