using System.Globalization;
using SspNative.Engine.Serialization;
using SspNative.Model.Config;

namespace SspNative.Model.Weights;

/// <summary>
/// The weights a user names: <c>procedural[:SEED]</c>, <c>initial[:SEED]</c> for training from scratch, files in any published format, folders of such
/// files, and <c>PREFIX=FILE</c> for a file whose names lack a prefix (<c>clip=model.safetensors</c> finds <c>clip.vision_model…</c> as
/// <c>vision_model…</c>). Parts of the model that files hold under their published names need no prefix: <see cref="ModelPart"/> tells them.
/// </summary>
public sealed class WeightFiles : IParameterSource, IDisposable
{
    private const string Procedural = "procedural", Initial = "initial";

    private static readonly string _words = $"{ModelPart.Text.Prefix}embeddings.word_embeddings.weight";
    private static readonly InitialWeights _initial = new(1);

    private readonly List<NetworkFile> _opened = [];
    private readonly List<(string Prefix, IParameterSource Source)> _prefixed = [];
    private readonly List<FoundPart> _prefixedParts = [];
    private readonly IParameterSource? _generated;
    private readonly PartChoice _choice;

    /// <param name="specifications">What the user names.</param>
    /// <param name="task">The task whose segmenter is taken where a folder has one of each.</param>
    /// <exception cref="InputException">A specification makes no sense, a file is missing, or a folder has a part twice.</exception>
    /// <exception cref="InvalidDataException">A file is no weight file, or damaged.</exception>
    public WeightFiles(IReadOnlyList<string> specifications, SegmentationTask? task = null)
    {
        if (specifications.Count == 0)
            throw new InputException("no weights were given; a file, a folder or 'procedural' is needed");
        _choice = new PartChoice(task);
        try
        {
            foreach (string specification in specifications)
            {
                ulong? procedural = Seed(Procedural, specification), initial = Seed(Initial, specification);
                if ((procedural ?? initial) is { } seed)
                {
                    if (specifications.Count > 1)
                        throw new InputException($"{specification} cannot be mixed with files");
                    _generated = procedural is null ? new InitialWeights(seed) : new ProceduralSource(seed);
                    IsMeaningless = true;
                    return;
                }
                Add(specification);
            }
            _choice.Decide();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A specification that means the same in any folder.</summary>
    /// <exception cref="InputException">It has a seed that is no number.</exception>
    public static string Absolute(string specification)
    {
        if ((Seed(Procedural, specification) ?? Seed(Initial, specification)) is not null)
            return specification;
        int path = File.Exists(specification) || Directory.Exists(specification) ? 0 : specification.IndexOf('=') + 1;
        return specification[path..] is { Length: > 0 } name ? specification[..path] + Path.GetFullPath(name) : specification;
    }

    /// <summary>Whether the numbers are generated, so that the network's answers mean nothing.</summary>
    public bool IsMeaningless { get; }

    public string Description => _generated?.Description
        ?? string.Join(", ", _prefixed.Select(p => p.Source.Description).Concat(_choice.Read.Select(n => n.Name)).Where(d => d.Length > 0));

    /// <summary>The files that were opened.</summary>
    public IEnumerable<string> Paths => _opened.SelectMany(n => n.Files).Select(f => f.Path);

    /// <summary>What the files say of the model that they are; null where none of them does, as files from elsewhere.</summary>
    /// <exception cref="InputException">Two files say different sizes.</exception>
    /// <exception cref="InvalidDataException">A file's card cannot be read.</exception>
    public ModelCard? Card => ModelCard.Read([.. _choice.Read.SelectMany(n => n.Files)]);

    /// <summary>What belongs to <see cref="Card"/> in its file; null where there is none.</summary>
    internal Dictionary<string, string>? CardMetadata => ModelCard.MetadataOf(_choice.Read.SelectMany(n => n.Files));

    /// <summary>The network, where everything that was named is one; null where there are several.</summary>
    public NetworkFile? Single => _opened.Count == 1 && _prefixed.Count == 0 ? _opened[0] : null;

    /// <summary>The parts that are used.</summary>
    public IReadOnlyList<FoundPart> Parts => _choice.Parts;

    /// <summary>Sizes that follow from shapes and published configurations; null where no segmenter is among the files.</summary>
    /// <exception cref="InvalidDataException">The shapes make no model.</exception>
    public SspConfig? Sizes => Find(ModelPart.Segmenter) is null ? null
        : PartSizes.Infer([.. _prefixedParts, .. Parts.Where(p => _prefixedParts.TrueForAll(q => q.Part != p.Part))]);

    /// <summary>Whether a folder has the segmenters of both tasks.</summary>
    public bool HasBothTasks => _choice.HasBothTasks;

    /// <summary>The vocabulary beside the text encoder's file; null where there is none.</summary>
    public string? Vocabulary => TextEncoder?.Network.Vocabulary;

    /// <summary>Whether the text encoder was trained on hashed words, without a vocabulary; null where no file has one.</summary>
    public bool? HashesWords => TextEncoder is { } text ? ModelCard.Read(text.Network.Files) is { HashesWords: true } : null;

    /// <summary>What was not taken, and why, a line each.</summary>
    public IReadOnlyList<string> Notes => _choice.Notes;

    /// <summary>What is initialised because the text encoder's file lacks it, a line each; of interest where text is read.</summary>
    public IReadOnlyList<string> TextNotes
    {
        get
        {
            if (Find(ModelPart.Text) is not { } text)
                return [];
            var notes = new List<string>();
            if (text.ShapeOf(_words)?[0] == PartSizes.BertVocabularySize)
                notes.Add($"{text.Network.Name}: {PartSizes.BertVocabularySize} words; BLIP's two more, [DEC] and [ENC], are initialised");
            if (PartSizes.WhyNoCrossAttention(text) is { } reason)
                notes.Add($"{text.Network.Name}: {reason}, and means nothing before a training");
            return notes;
        }
    }

    /// <summary>The file of a part; null where there is none.</summary>
    public FoundPart? Find(ModelPart part) => Parts.FirstOrDefault(p => p.Part == part);

    private FoundPart? TextEncoder => _prefixedParts.Find(p => p.Part == ModelPart.Text) ?? Find(ModelPart.Text);

    /// <summary>Whether a file has a part, with a prefix that the user names or without.</summary>
    public bool Holds(ModelPart part) => Find(part) is not null || _prefixedParts.Exists(p => p.Part == part);

    public string? Problem(ParameterSpec parameter)
    {
        (string name, Shape shape, _, _) = parameter;
        if (SourceOf(name) is { } source)
            return source.Problem(parameter);
        if (IsInitialised(name))
            return null;
        if (Locate(name) is not var (_, entry))
        {
            string? stored = Parts.FirstOrDefault(p => p.Part.Has(name))?.StoredName(name);
            return stored is null || stored == name ? $"{name} {shape}: missing" : $"{name} {shape}: missing, looked for as {stored}";
        }
        if (entry.Shape != shape && !LacksWords(name, entry.Shape, shape))
            return $"{name}: the file has {entry.Shape}, the model wants {shape}";
        return entry.DType == DType.F32 ? null : $"{name}: its element type is {entry.StoredType}, which is no floating-point type";
    }

    public bool Has(string name) => SourceOf(name)?.Has(name) ?? Locate(name) is not null;

    public Tensor Load(ParameterSpec parameter, IDevice device)
    {
        (string name, Shape shape, _, _) = parameter;
        if (SourceOf(name) is { } source)
            return source.Load(parameter, device);
        if (IsInitialised(name))
            return _initial.Load(parameter, device);
        (TensorFile file, TensorEntry entry) = Locate(name)!.Value;
        if (!LacksWords(name, entry.Shape, shape))
            return file.Read(entry, device);
        Tensor tensor = _initial.Load(parameter, device);
        float[] values = tensor.ToArray();
        file.ReadFloats(entry.Name).CopyTo(values, 0);
        tensor.CopyFrom(values);
        return tensor;
    }

    public void Dispose()
    {
        foreach (NetworkFile network in _opened)
            network.Dispose();
        _opened.Clear();
    }

    // Files that have a name of the model as it is come after those that hold its part.
    private (TensorFile File, TensorEntry Entry)? Locate(string name) =>
        Parts.Where(p => p.Part.Has(name)).Select(p => p.Find(name)).FirstOrDefault(hit => hit is not null)
        ?? _choice.Read.Select(n => n.Find(name)).FirstOrDefault(hit => hit is not null);

    private IParameterSource? SourceOf(string name)
    {
        foreach ((string prefix, IParameterSource source) in _prefixed)
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                return source;
        return _generated;
    }

    private bool IsInitialised(string name) =>
        name.StartsWith(ModelPart.Text.Prefix, StringComparison.Ordinal) && name.Contains(".crossattention.", StringComparison.Ordinal)
        && Find(ModelPart.Text) is { } text && !PartSizes.HasCrossAttention(text);

    private static bool LacksWords(string name, Shape file, Shape model) =>
        name == _words && file.Rank == 2 && file[0] == PartSizes.BertVocabularySize && model[0] == PartSizes.BlipVocabularySize && file[1] == model[1];

    // The seed of a specification of that kind, null for any other.
    private static ulong? Seed(string kind, string specification)
    {
        if (specification == kind)
            return 1;
        if (!specification.StartsWith($"{kind}:", StringComparison.Ordinal))
            return null;
        return ulong.TryParse(specification.AsSpan(kind.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
            ? seed
            : throw new InputException($"{specification}: the seed must be a whole number");
    }

    private void Add(string specification)
    {
        if (Directory.Exists(specification))
        {
            var skipped = new List<SkippedFile>();
            List<NetworkFile> found = WeightFolder.Open(specification, skipped);
            _opened.AddRange(found);
            foreach (TensorFile file in found.SelectMany(f => f.Files))
                ContentHash.Verify(file);
            _choice.AddFolder(specification, found, skipped);
            return;
        }
        int equals = specification.IndexOf('=');
        if (equals > 0 && !File.Exists(specification))
        {
            string prefix = specification[..equals] + ".";
            NetworkFile network = Open(specification[(equals + 1)..]);
            _prefixed.Add((prefix, new TensorFileSource(network.Files, (prefix, ""))));
            _prefixedParts.AddRange(network.Parts.Where(p => p.Part.Prefix == prefix && p.Prefix.Length == 0));
        }
        else
        {
            _choice.AddFile(Open(specification));
        }
    }

    private NetworkFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; name the file in it");
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such weight file");
        NetworkFile network = NetworkFile.Open(path, Path.GetFileName(path));
        _opened.Add(network);
        foreach (TensorFile file in network.Files)
            ContentHash.Verify(file);
        return network;
    }
}
