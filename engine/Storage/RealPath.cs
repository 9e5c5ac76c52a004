namespace SspNative.Engine.Storage;

/// <summary>Paths without links: two names of one file are equal.</summary>
public static class RealPath
{
    // Other systems' usual file systems do not tell capitals from small letters.
    private static readonly StringComparison _comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>The full path, with links of the file and of all folders above it followed, whether the file itself is there or not.</summary>
    public static string Of(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        full = Path.Combine(Of(parent), Path.GetFileName(full));
        FileSystemInfo entry = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        return entry.Exists && entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.FullName : full;
    }

    /// <summary>Whether two names are those of one file or folder.</summary>
    public static bool IsSame(string a, string b) => string.Equals(Of(a), Of(b), _comparison);

    /// <summary>Whether a file or folder lies in a folder, at any depth.</summary>
    public static bool IsWithin(string path, string folder) => Of(path).StartsWith(Of(folder) + Path.DirectorySeparatorChar, _comparison);
}
