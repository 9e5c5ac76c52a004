namespace SspNative.Engine.Storage;

/// <summary>
/// A directory that appears whole or not at all: files are written beside it under a temporary name, and one rename at the end is all that
/// anyone can see. Disposed before that, it leaves nothing. What a killed program leaves, the next that writes the same result clears up.
/// </summary>
/// <remarks>
/// A former result is replaced only where every file in it is one that a program like this wrote, by the list in <see cref="ResultManifest"/>.
/// Anything else in the folder is somebody's own, and the folder is refused.
/// </remarks>
public sealed class ResultDirectory : IDisposable
{
    private const string Unfinished = ".partial";

    // Of the lock beside the folder, by which others know that its program still runs.
    private const string LockEnding = ".lock";

    private readonly string _given;
    private readonly string _target;
    private readonly string _parent;
    private readonly string? _kind;
    private readonly string? _madeParent;
    private readonly FileLock _lock;
    private bool _committed;

    /// <param name="target">The folder to make.</param>
    /// <param name="kind">What the result is; a former one of the same kind is replaced. Null: whatever is there is refused.</param>
    /// <exception cref="InputException">The target has files that are not those of a former result, or cannot be made.</exception>
    public ResultDirectory(string target, string? kind)
    {
        _given = target;
        _kind = kind;
        _target = Followed(target);
        _parent = System.IO.Path.GetDirectoryName(_target)
            ?? throw new InputException($"{target}: the root of a file system cannot be the result");
        if (File.Exists(_target))
            throw new InputException($"{target}: a file of this name exists; give another folder");
        RequireReplaceable();
        Path = TemporaryName(Unfinished);
        _madeParent = FirstMissing(_parent);
        try
        {
            Directory.CreateDirectory(_parent);
            _lock = FileLock.TryTake(Path + LockEnding, out _) ?? throw new IOException("the lock is held");
            Directory.CreateDirectory(Path);
            ClearAbandoned();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DeleteMadeParents();
            throw new InputException($"{target}: cannot be made there: {e.Message.Replace(Path, target, StringComparison.Ordinal)}", e);
        }
    }

    /// <summary>Where files are written meanwhile.</summary>
    public string Path { get; }

    /// <summary>Refuses to replace a former result with one that is made of it.</summary>
    /// <param name="input">A file or folder that is read.</param>
    /// <exception cref="InputException">It lies in the target.</exception>
    public void RequireOutside(string input)
    {
        if (RealPath.IsWithin(input, _target))
            throw new InputException($"{input}: lies in {_given}, which the result would replace; give another folder, or move the file");
    }

    /// <summary>The path of a file, its folder made.</summary>
    public string NewFile(params ReadOnlySpan<string> parts)
    {
        string path = System.IO.Path.Combine([Path, .. parts]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Makes the result visible, replacing a former one.</summary>
    /// <exception cref="InputException">Files that are not ours have appeared in the target meanwhile; they stay, and the result is not written.</exception>
    public void Commit()
    {
        RequireReplaceable();
        if (_kind is not null)
            ResultManifest.Write(Path, _kind);
        if (!Directory.Exists(_target))
            Directory.Move(Path, _target);
        else if (FileSystem.TryExchange(Path, _target))
            ResultManifest.Delete(Path);
        else
            ReplaceInTwoSteps(Path, _target, TemporaryName(".former"));
        _committed = true;
    }

    public void Dispose()
    {
        if (!_committed)
            Delete(Path);
        _lock.Dispose();
        File.Delete(Path + LockEnding);
        if (!_committed)
            DeleteMadeParents();
    }

    // Where a system cannot exchange two folders: killed between the two renames it leaves the old result under its temporary name alone.
    internal static void ReplaceInTwoSteps(string whole, string target, string former)
    {
        Directory.Move(target, former);
        Directory.Move(whole, target);
        ResultManifest.Delete(former);
    }

    private void RequireReplaceable()
    {
        if (!Directory.Exists(_target) || !Directory.EnumerateFileSystemEntries(_target).Any())
            return;
        if (_kind is null)
            throw new InputException($"{_given}: the folder exists and is not empty; give another one");
        if (ResultManifest.KindOf(_target) is { } kind && kind != _kind)
            throw new InputException($"{_given}: the folder holds {kind}, which {_kind} do not replace; give another folder");
        if (ResultManifest.Strangers(_target) is { Count: > 0 } strangers)
        {
            string more = strangers.Count > 1 ? $" and {strangers.Count - 1} more" : "";
            throw new InputException($"{_given}: not a former result, it has {strangers[0]}{more}; give another folder");
        }
    }

    // What programs that were killed left of the same result: their locks are free.
    private void ClearAbandoned()
    {
        string prefix = $".{System.IO.Path.GetFileName(_target)}.", ending = Unfinished + LockEnding;
        foreach (string held in Directory.EnumerateFiles(_parent))
        {
            string name = System.IO.Path.GetFileName(held);
            if (name.Length != prefix.Length + 32 + ending.Length || !name.StartsWith(prefix, StringComparison.Ordinal)
                || !name.EndsWith(ending, StringComparison.Ordinal) || !Guid.TryParseExact(name[prefix.Length..^ending.Length], "N", out _))
                continue;
            using (FileLock? free = FileLock.TryTake(held, out _))
            {
                if (free is null)
                    continue;
                Delete(held[..^LockEnding.Length]);
            }
            File.Delete(held);
        }
    }

    // A folder with a manifest may be a former result that was being replaced; without one, it was still being written.
    private static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        if (ResultManifest.KindOf(folder) is not null)
            ResultManifest.Delete(folder);
        else
            Directory.Delete(folder, recursive: true);
    }

    private void DeleteMadeParents()
    {
        for (string? made = _parent; _madeParent is not null && made is not null && made.Length >= _madeParent.Length;
            made = System.IO.Path.GetDirectoryName(made))
            if (Directory.Exists(made) && !Directory.EnumerateFileSystemEntries(made).Any())
                Directory.Delete(made);
    }

    private string TemporaryName(string ending) => System.IO.Path.Combine(_parent, $".{System.IO.Path.GetFileName(_target)}.{Guid.NewGuid():N}{ending}");

    // A link to a folder is followed, so that the link stays and what it leads to is replaced.
    private static string Followed(string target)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target));
        return Directory.Exists(full) && new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true) is { } real ? real.FullName : full;
    }

    // The outermost folder that has to be made for a path; null if it is there.
    private static string? FirstMissing(string folder)
    {
        string? missing = null;
        for (string? parent = folder; parent is not null && !Directory.Exists(parent); parent = System.IO.Path.GetDirectoryName(parent))
            missing = parent;
        return missing;
    }
}
