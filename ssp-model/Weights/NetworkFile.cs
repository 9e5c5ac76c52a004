using System.Text.Json;
using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Files;

namespace SspNative.Model.Weights;

/// <summary>
/// The weights of one network as people have them: a file, or its shards; with the published <c>config.json</c> and <c>vocab.txt</c> beside it.
/// </summary>
public sealed class NetworkFile : IDisposable
{
    /// <summary>What names of an optimizer's moments begin with in a checkpoint of a training. They end as weights do, and are none.</summary>
    internal const string Moments = "optimizer.";

    private const int MostShards = 1000;

    // What PyTorch's wrappers for several devices and for compilation put before all names.
    private static readonly string[] _wrappers = ["module.", "_orig_mod."];

    private readonly Dictionary<string, (TensorFile File, TensorEntry Entry)> _tensors = [];
    private readonly string _folder;

    private NetworkFile(string name, string folder, IReadOnlyList<TensorFile> files)
    {
        (Name, _folder, Files) = (name, folder, files);
        string wrapper = Wrapper([.. files.SelectMany(f => f.Entries).Select(e => e.Name)]);
        bool isDetectron2 = files.SelectMany(f => f.Entries).Any(e => Detectron2Names.Has(e.Name[wrapper.Length..]));
        foreach (TensorFile file in files)
            foreach (TensorEntry entry in file.Entries.Where(e => !e.Name.StartsWith(Moments, StringComparison.Ordinal)))
            {
                string own = entry.Name[wrapper.Length..];
                foreach ((string known, TensorEntry part) in isDetectron2 ? Detectron2Names.Rename(own, entry) : [(own, entry)])
                    _tensors.TryAdd(known, (file, part));
            }
        Parts = ModelPart.Find(this);
    }

    /// <summary>Its file, or the index of its shards, as messages show it.</summary>
    public string Name { get; }

    /// <summary>Its files; several where it is sharded.</summary>
    public IReadOnlyList<TensorFile> Files { get; }

    /// <summary>The parts of the model in it; none where it is something else.</summary>
    public IReadOnlyList<FoundPart> Parts { get; }

    /// <summary>Names of its tensors, without what PyTorch's wrappers put before them.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    internal string Folder => _folder;

    /// <summary>The BERT vocabulary beside it; null where there is none.</summary>
    public string? Vocabulary => File.Exists(Path.Combine(_folder, "vocab.txt")) ? Path.Combine(_folder, "vocab.txt") : null;

    /// <summary>Opens a file, or shards by their index (<c>….index.json</c>).</summary>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">A file is damaged or no weight file, or the index cannot be used.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static NetworkFile Open(string path, string name)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] files = IsIndex(path) ? Shards(path, folder) : [path];
        var opened = new List<TensorFile>();
        try
        {
            foreach (string file in files)
                opened.Add(TensorFile.Open(file));
            return new NetworkFile(name, folder, opened);
        }
        catch
        {
            foreach (TensorFile file in opened)
                file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file lists shards.</summary>
    public static bool IsIndex(string path) => path.EndsWith(".index.json", StringComparison.Ordinal);

    /// <summary>The files of the shards that an index names.</summary>
    /// <exception cref="InvalidDataException">It is no index, or names files elsewhere.</exception>
    public static string[] Shards(string index, string folder)
    {
        try
        {
            using JsonDocument json = ConfigJson.ParseDocument(RegularFile.ReadText(index, InputFile.TextLimit));
            if (ConfigJson.Find(json.RootElement, "weight_map") is not { ValueKind: JsonValueKind.Object } map)
                throw new InvalidDataException("has no weight_map: no index of shards");
            string[] names = [.. map.EnumerateObject().Select(p => p.Value.ValueKind == JsonValueKind.String ? ShownJson.Text(p.Value) ?? "" : "").Distinct()];
            if (names.Length > MostShards || names.Any(n => n.Length == 0 || n != Path.GetFileName(n) || n is "." or ".."))
                throw new InvalidDataException("names shards that are no files beside it");
            return [.. names.Select(n => Path.Combine(folder, n))];
        }
        catch (InvalidDataException e) when (!e.Message.StartsWith(index, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{index}: {e.Message}", e);
        }
    }

    /// <summary>A tensor by its name.</summary>
    public (TensorFile File, TensorEntry Entry)? Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor : null;

    /// <summary>
    /// A section of the published configuration beside it, as a type of ours; null where there is none of this network.
    /// </summary>
    /// <param name="sections">Kinds of networks (<c>model_type</c>), each with the member that holds the section, or "" for the file itself.</param>
    /// <exception cref="InvalidDataException">The file is no JSON, or a member is of another kind.</exception>
    internal T? Config<T>(params IReadOnlyList<(string Type, string Section)> sections) where T : class
    {
        string path = Path.Combine(_folder, "config.json");
        if (!File.Exists(path))
            return null;
        try
        {
            using JsonDocument json = ConfigJson.ParseDocument(RegularFile.ReadText(path, InputFile.SmallTextLimit));
            if (ConfigJson.Find(json.RootElement, "model_type") is not { ValueKind: JsonValueKind.String } type)
                return null;
            foreach ((string known, string section) in sections)
                if (ShownJson.Text(type) == known)
                    return section.Length == 0 ? ConfigJson.ReadPart<T>(json.RootElement)
                        : ConfigJson.Find(json.RootElement, section) is { ValueKind: JsonValueKind.Object } part ? ConfigJson.ReadPart<T>(part)
                        : null;
            return null;
        }
        catch (InvalidDataException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        foreach (TensorFile file in Files)
            file.Dispose();
    }

    private static string Wrapper(IReadOnlyList<string> names)
    {
        string wrapper = "";
        while (names.Count > 0 && _wrappers.FirstOrDefault(w => names.All(n => n.AsSpan(wrapper.Length).StartsWith(w, StringComparison.Ordinal))) is { } next)
            wrapper += next;
        return wrapper;
    }
}
