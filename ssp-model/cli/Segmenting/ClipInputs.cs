using System.Text.RegularExpressions;
using SspNative.Engine;
using SspNative.Model.Files;
using SspNative.Model.Media;

namespace SspNative.Cli.Segmenting;

/// <summary>One clip of several, and the name of its result.</summary>
internal sealed record ClipInput(string Path, string Name);

/// <summary>The clips that a command line names: files, folders that are clips, folders of clips, and patterns such as <c>videos/*.mp4</c>.</summary>
internal static class ClipInputs
{
    /// <summary>The most clips of one command.</summary>
    private const int Most = 100_000;

    /// <summary>Whether arguments name one clip, whose result is the output folder itself; else each clip has a folder within it.</summary>
    public static bool IsOne(IReadOnlyList<string> arguments) => arguments.Count == 1 && !IsPattern(arguments[0]) && !IsFolderOfClips(arguments[0]);

    /// <summary>All clips in the order of the arguments, those of a folder or pattern in natural order; names of results are unique.</summary>
    /// <exception cref="InputException">A pattern or folder has no clips.</exception>
    public static IReadOnlyList<ClipInput> Expand(IReadOnlyList<string> arguments)
    {
        var inputs = new List<ClipInput>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string path in arguments.SelectMany(Clips))
        {
            if (inputs.Count == Most)
                throw new InputException($"more than {Most} clips: give them in several commands");
            string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), unique = name;
            for (int k = 2; !names.Add(unique); k++)
                unique = $"{name}-{k}";
            inputs.Add(new ClipInput(path, unique));
        }
        return inputs;
    }

    private static IEnumerable<string> Clips(string argument)
    {
        if (IsFolderOfClips(argument))
            return Sorted(Directory.EnumerateFileSystemEntries(argument).Where(e => ClipSource.IsVideoName(e) || ClipSource.IsFolderClip(e)));
        if (!IsPattern(argument))
            return [argument];
        string[] found = [.. Sorted(Matches(argument))];
        return found.Length > 0 ? found : throw new InputException($"{argument}: no file has such a name");
    }

    private static bool IsPattern(string argument) => argument.AsSpan().ContainsAny('*', '?') && !File.Exists(argument) && !Directory.Exists(argument);

    private static bool IsFolderOfClips(string argument) => Directory.Exists(argument) && !ClipSource.IsFolderClip(argument)
        && Directory.EnumerateFileSystemEntries(argument).Any(e => ClipSource.IsVideoName(e) || ClipSource.IsFolderClip(e));

    // Folder by folder: * and ? stand for anything within a name.
    private static IEnumerable<string> Matches(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] parts = pattern[root.Length..].Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        IEnumerable<string> found = [root];
        foreach (string part in parts.Where(p => p.Length > 0))
            found = [.. found.SelectMany(folder => Within(folder, part))];
        return found;
    }

    private static IEnumerable<string> Within(string folder, string part)
    {
        if (!part.AsSpan().ContainsAny('*', '?'))
            return Path.Combine(folder, part) is var path && Path.Exists(path) ? [path] : [];
        if (folder.Length > 0 && !Directory.Exists(folder))
            return [];
        var name = new Regex($"^{Regex.Escape(part).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$");
        return new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos()
            .Where(e => name.IsMatch(e.Name) && !e.Name.StartsWith('.')).Select(e => Path.Combine(folder, e.Name));
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> paths) => paths.OrderBy(NaturalOrder.Key, StringComparer.Ordinal);
}
