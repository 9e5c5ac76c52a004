using SspNative.Engine.Serialization;

namespace SspNative.Model.Weights;

/// <summary>A file that could not be read as weights.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">Why, on a line that names it.</param>
internal readonly record struct SkippedFile(string Path, string Reason);

/// <summary>
/// The checkpoints in a folder and the folders below it, whatever the files are called: published files side by side, folders of a model hub, or
/// its cache (<c>models--OWNER--NAME/snapshots/…</c>).
/// </summary>
internal static class WeightFolder
{
    private const int MostLevels = 8;
    private const int MostFiles = 20_000;

    // Of files that are called so it is said why they are not weights; others are nobody's concern.
    private static readonly HashSet<string> _endings = [".safetensors", ".bin", ".pt", ".pth", ".pkl", ".ckpt", ".gguf"];

    /// <summary>Opens every checkpoint, in the order of their names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="skipped">Is given each file that could not be read as weights.</param>
    /// <exception cref="InputException">It has too many files.</exception>
    public static List<NetworkFile> Open(string folder, ICollection<SkippedFile> skipped)
    {
        var found = new List<NetworkFile>();
        try
        {
            int files = 0;
            Search(folder, MostLevels, ref files);
            return found;
        }
        catch
        {
            foreach (NetworkFile network in found)
                network.Dispose();
            throw;
        }

        void Search(string current, int levels, ref int count)
        {
            string[] names = [.. Directory.EnumerateFiles(current).Order(StringComparer.Ordinal)];
            if ((count += names.Length) > MostFiles)
                throw new InputException($"{folder}: more than {MostFiles} files; name the folder of the weights, or the files");
            var shards = new HashSet<string>();
            foreach (string index in names.Where(NetworkFile.IsIndex))
                if (Open(index))
                    shards.UnionWith(NetworkFile.Shards(index, current));
            foreach (string file in names.Where(f => !NetworkFile.IsIndex(f) && !shards.Contains(f)))
                if (_endings.Contains(Path.GetExtension(file).ToLowerInvariant()) || TensorFile.IsLikely(file))
                    Open(file);
            if (levels == 0)
                return;
            foreach (string below in Below(current))
                Search(below, levels - 1, ref count);
        }

        bool Open(string file)
        {
            try
            {
                found.Add(NetworkFile.Open(file, Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(folder))!, file)));
                return true;
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                skipped.Add(new SkippedFile(file, e.Message));
                return false;
            }
        }
    }

    // Folders that may hold weights. A hub's cache keeps the contents under other names, and may keep several versions.
    private static IEnumerable<string> Below(string folder)
    {
        string[] folders = [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)];
        if (Path.GetFileName(folder) == "snapshots" && folders.Length > 1)
            return [Current(folder, folders)];
        bool isCache = folders.Any(f => Path.GetFileName(f) == "snapshots");
        return folders.Where(f => !Path.GetFileName(f).StartsWith('.') && !(isCache && Path.GetFileName(f) is "blobs" or "refs"));
    }

    private static string Current(string folder, string[] versions)
    {
        string main = Path.Combine(folder, "..", "refs", "main");
        string? named = File.Exists(main) ? RegularFile.ReadText(main, 1000).Trim() : null;
        return versions.FirstOrDefault(v => Path.GetFileName(v) == named) ?? versions.MaxBy(Directory.GetLastWriteTimeUtc)!;
    }
}
