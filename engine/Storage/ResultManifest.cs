using System.Text.Json;

namespace SspNative.Engine.Storage;

/// <summary>
/// <c>.ssp-result.json</c> in a result: what kind of result it is, and every file that the program wrote. By it a later run knows what it may
/// replace; what is not listed is somebody's own.
/// </summary>
internal static class ResultManifest
{
    public const string FileName = ".ssp-result.json";

    private const int MaximumBytes = 64 << 20;

    /// <summary>Lists the files of a folder, all written by this program.</summary>
    public static void Write(string folder, string kind)
    {
        using FileStream file = File.Create(Path.Combine(folder, FileName));
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("kind", kind);
        json.WriteStartArray("files");
        foreach ((string name, bool isFolder) in Entries(folder))
            if (!isFolder && name != FileName)
            {
                json.WriteStringValue(name);
                json.Flush();
            }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What kind of result a folder holds; null where it has no list, or none that can be read.</summary>
    public static string? KindOf(string folder) => Read(folder)?.Kind;

    /// <summary>What a folder has that no run of this program wrote; empty where the folder may be replaced.</summary>
    public static IReadOnlyList<string> Strangers(string folder)
    {
        HashSet<string> own = Read(folder)?.Files ?? [];
        HashSet<string> ownFolders = [.. own.SelectMany(FoldersOf)];
        return [.. Entries(folder).Where(e => !(e.IsFolder ? ownFolders : own).Contains(e.Name)).Select(e => e.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>Deletes the files that a result lists, the list last, and the folders that are then empty; anything else stays.</summary>
    public static void Delete(string folder)
    {
        HashSet<string> own = Read(folder)?.Files ?? [];
        foreach (string name in own.Where(n => n != FileName).Append(FileName))
            if (Path.Combine(folder, name) is var file && File.Exists(file))
                File.Delete(file);
        foreach (string name in own.SelectMany(FoldersOf).Distinct().OrderByDescending(n => n.Length).Append(""))
            if (Path.Combine(folder, name) is var path && Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any())
                Directory.Delete(path);
    }

    private static (string Kind, HashSet<string> Files)? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (new FileInfo(path) is not { Exists: true, Length: <= MaximumBytes })
            return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            string kind = json.RootElement.GetProperty("kind").GetString() ?? "";
            return (kind, [FileName, .. json.RootElement.GetProperty("files").EnumerateArray().Select(f => f.GetString()!).Where(IsInside)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // A list that this program did not write says nothing: all files are somebody's own.
            return null;
        }
    }

    // A list that somebody made must not lead out of the folder.
    private static bool IsInside(string? name) =>
        !string.IsNullOrEmpty(name) && !Path.IsPathRooted(name) && !name.Split('/', Path.DirectorySeparatorChar).Any(part => part is "" or "." or "..");

    private static IEnumerable<string> FoldersOf(string name)
    {
        for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
            yield return name[..slash];
    }

    // All files and folders below a folder, by their names in it with '/', in ordinal order. Links are not followed: they count as files.
    private static IEnumerable<(string Name, bool IsFolder)> Entries(string folder, string prefix = "")
    {
        var here = new List<(string Name, bool IsFolder)>();
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos(
            "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
            here.Add((entry.Name, entry is DirectoryInfo && entry.LinkTarget is null));
        // What lies in a folder is ordered by the folder's name and '/'.
        foreach ((string name, bool isFolder) in here.OrderBy(e => e.IsFolder ? e.Name + "/" : e.Name, StringComparer.Ordinal))
        {
            yield return (prefix + name, isFolder);
            if (isFolder)
                foreach ((string Name, bool IsFolder) inner in Entries(Path.Combine(folder, name), prefix + name + "/"))
                    yield return inner;
        }
    }
}
