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
    /// <param name="write">Writes its content.</param>
    /// <param name="former">Where the file that was there before goes, replacing what is there; null: nowhere.</param>
    /// <exception cref="IOException">It cannot be written, or the disk did not take it; what was there before is unchanged.</exception>
    public static void Write(string path, Action<Stream> write, string? former = null)
    {
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Guid.NewGuid().ToString("N")[..8]}{TemporaryExtension}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush();
                FileSystem.FlushToDisk(stream.SafeFileHandle, path);
            }
            Appear(temporary, full, former);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        // Without this the rename itself may be lost with the power.
        FileSystem.FlushFolderToDisk(Path.GetDirectoryName(full)!);
    }

    private static void Appear(string temporary, string full, string? former)
    {
        if (former is null || !File.Exists(full))
        {
            File.Move(temporary, full, overwrite: true);
        }
        else if (FileSystem.TryExchange(temporary, full))
        {
            try
            {
                File.Move(temporary, former, overwrite: true);
            }
            catch
            {
                // So that what was there before stands, and the new file is the temporary one.
                FileSystem.TryExchange(temporary, full);
                throw;
            }
        }
        else
        {
            ReplaceInTwoSteps(temporary, full, former);
        }
    }

    // Where a system cannot exchange two files: killed in between, the former file alone is there, under its new name.
    internal static void ReplaceInTwoSteps(string temporary, string full, string former)
    {
        File.Move(full, former, overwrite: true);
        File.Move(temporary, full);
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="IOException">As <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Deletes what processes that were killed while they wrote the file left beside it, and nothing that is being written.</summary>
    public static void DeleteAbandoned(string path)
    {
        string full = Path.GetFullPath(path), name = Path.GetFileName(full);
        if (Path.GetDirectoryName(full) is not { } folder || !Directory.Exists(folder))
            return;
        foreach (string file in Directory.EnumerateFiles(folder))
            if (Path.GetFileName(file) is var other && other.StartsWith(name, StringComparison.Ordinal) && TemporarySuffix().IsMatch(other.AsSpan(name.Length)))
                DeleteIfAbandoned(file);
    }

    /// <summary>Deletes a temporary file unless a process holds it, which is writing it.</summary>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    public static void DeleteIfAbandoned(string temporary)
    {
        try
        {
            // A process that writes has it alone, by the system's lock, which ends with the process.
            new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0).Dispose();
        }
        catch (IOException)
        {
            return;
        }
        File.Delete(temporary);
    }

    [GeneratedRegex(@"^\.[0-9a-f]{8}\.part$")]
    private static partial Regex TemporarySuffix();
}
