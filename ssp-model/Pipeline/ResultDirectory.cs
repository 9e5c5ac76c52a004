using SspNative.Model.Data;

namespace SspNative.Model.Pipeline;

/// <summary>
/// A directory that appears whole or not at all: files are written beside it under a temporary name, and the rename at the end
/// is the only step that anyone can see. Disposed before that, it leaves nothing.
/// </summary>
public sealed class ResultDirectory : IDisposable
{
    /// <summary>The file by which a former result is recognised, which may be replaced.</summary>
    public const string Marker = "result.json";

    private readonly string _target;
    private bool _committed;

    /// <exception cref="InputException">The target exists and is not a former result.</exception>
    public ResultDirectory(string target)
    {
        _target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target));
        if (File.Exists(_target))
            throw new InputException($"{target}: a file of this name exists; give another folder");
        if (Directory.Exists(_target) && !IsReplaceable(_target))
            throw new InputException($"{target}: the folder has files that are not a former result; give another folder");
        string parent = System.IO.Path.GetDirectoryName(_target)
            ?? throw new InputException($"{target}: the root of a file system cannot be the result");
        Path = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(_target)}.{Guid.NewGuid():N}.partial");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where files are written meanwhile.</summary>
    public string Path { get; }

    /// <summary>The path of a file, its folder made.</summary>
    public string NewFile(params ReadOnlySpan<string> parts)
    {
        string path = System.IO.Path.Combine([Path, .. parts]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Makes the result visible, replacing a former one.</summary>
    public void Commit()
    {
        if (Directory.Exists(_target))
            Directory.Delete(_target, recursive: true);
        Directory.Move(Path, _target);
        _committed = true;
    }

    public void Dispose()
    {
        Delete();
    }

    private void Delete()
    {
        if (!_committed && Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    private static bool IsReplaceable(string directory) =>
        File.Exists(System.IO.Path.Combine(directory, Marker)) || !Directory.EnumerateFileSystemEntries(directory).Any();
}
