namespace SspNative.Lab.Verification;

/// <summary>Searches a folder and all below it, links followed, each real folder once however many links lead to it.</summary>
public static class FolderSearch
{
    /// <summary>Links that a path may go through, as the system itself allows.</summary>
    private const int MostLinks = 40;

    /// <summary>The files of a pattern, in no order. Links to files count as files, broken ones among them.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder must not be read.</exception>
    public static List<string> Files(string root, string pattern)
    {
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var folders = new Queue<string>([root]);
        while (folders.TryDequeue(out string? folder))
        {
            if (!seen.Add(RealPath(folder)))
                continue;
            files.AddRange(Directory.GetFiles(folder, pattern));
            foreach (string below in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
                folders.Enqueue(below);
        }
        return files;
    }

    /// <summary>The path with every link in it replaced by what it leads to.</summary>
    private static string RealPath(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (int links = 0; links <= MostLinks; links++)
        {
            if (FirstLink(full) is not var (link, target))
                return full;
            string rest = Path.GetRelativePath(link, full);
            string real = Path.Combine(Path.GetDirectoryName(link)!, target);
            full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(rest == "." ? real : Path.Combine(real, rest)));
        }
        throw new IOException($"{path}: more than {MostLinks} links lead there");
    }

    /// <summary>The outermost link among a path and the folders above it, and its target as it is written.</summary>
    private static (string Link, string Target)? FirstLink(string path)
    {
        string root = Path.GetPathRoot(path)!;
        string part = root;
        foreach (string name in path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            part = Path.Combine(part, name);
            if (new DirectoryInfo(part).LinkTarget is { } target)
                return (part, target);
        }
        return null;
    }
}
