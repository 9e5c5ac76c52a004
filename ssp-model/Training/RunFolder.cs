using SspNative.Engine.Storage;

namespace SspNative.Model.Training;

/// <summary>The folder of a training, held by the one process that trains in it.</summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The checkpoint of a phase that it goes on from.</summary>
    public const string LastFile = "last.safetensors";

    /// <summary>The one before <see cref="LastFile"/>, for where that cannot be read.</summary>
    public const string PreviousFile = "previous.safetensors";

    /// <summary>The checkpoint of the epoch with the best score.</summary>
    public const string BestFile = "best.safetensors";

    private const string LockFile = ".lock";

    private readonly FileLock _lock;

    private RunFolder(FileLock held) => _lock = held;

    /// <summary>Takes a folder, made if there is none.</summary>
    /// <exception cref="InputException">Another process trains in it.</exception>
    public static RunFolder Take(string folder)
    {
        Directory.CreateDirectory(folder);
        return FileLock.TryTake(Path.Combine(folder, LockFile), out string holder) is { } held
            ? new RunFolder(held)
            : throw new InputException($"{folder}: a training is at work there ({holder}); wait for its end or give another folder");
    }

    /// <summary>Refuses a folder for a new training that has anything in it: a training writes over files of the names that it uses.</summary>
    /// <param name="known">Names that may be there.</param>
    /// <exception cref="InputException">There is something else.</exception>
    public static void RequireEmpty(string folder, params ReadOnlySpan<string> known)
    {
        if (File.Exists(folder))
            throw new InputException($"{folder}: a file of this name exists; give another folder");
        if (!Directory.Exists(folder))
            return;
        foreach (string name in Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal))
            if (name != LockFile && !known.Contains(name))
                throw new InputException($"{folder}: the folder has {name} in it; a new training needs a folder of its own");
    }

    public void Dispose() => _lock.Dispose();
}
