using System.Globalization;
using SspNative.Engine.Serialization;

namespace SspNative.Model.Weights;

/// <summary>
/// The weights a user names: <c>procedural[:SEED]</c>, <c>initial[:SEED]</c> for training from scratch, safetensors files that hold published names, and <c>PREFIX=FILE</c> for a
/// file whose names lack a prefix (<c>clip=model.safetensors</c> finds <c>clip.vision_model…</c> as <c>vision_model…</c>).
/// </summary>
public sealed class WeightFiles : IParameterSource, IDisposable
{
    private const string Procedural = "procedural", Initial = "initial";

    private readonly List<TensorFile> _files = [];
    private readonly List<(string Prefix, IParameterSource Source)> _prefixed = [];
    private readonly IParameterSource _rest;

    /// <exception cref="InputException">A specification makes no sense or a file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is not valid safetensors.</exception>
    public WeightFiles(IReadOnlyList<string> specifications)
    {
        if (specifications.Count == 0)
            throw new InputException("no weights were given; a safetensors file or 'procedural' is needed");
        try
        {
            var whole = new List<TensorFile>();
            foreach (string specification in specifications)
            {
                ulong? procedural = Seed(Procedural, specification), initial = Seed(Initial, specification);
                if ((procedural ?? initial) is { } seed)
                {
                    if (specifications.Count > 1)
                        throw new InputException($"{specification} cannot be mixed with files");
                    _rest = procedural is null ? new InitialWeights(seed) : new ProceduralSource(seed);
                    IsMeaningless = true;
                    return;
                }
                int equals = specification.IndexOf('=');
                if (equals > 0 && !File.Exists(specification))
                {
                    TensorFile file = Open(specification[(equals + 1)..]);
                    string prefix = specification[..equals] + ".";
                    _prefixed.Add((prefix, new TensorFileSource([file], (prefix, ""))));
                }
                else
                {
                    whole.Add(Open(specification));
                }
            }
            _rest = new TensorFileSource(whole);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether the numbers are generated, so that the network's answers mean nothing.</summary>
    public bool IsMeaningless { get; }

    public string Description => string.Join(", ", _prefixed.Select(p => p.Source.Description).Append(_rest.Description).Where(d => d.Length > 0));

    public string? Problem(ParameterSpec parameter) => SourceOf(parameter.Name).Problem(parameter);

    public bool Has(string name) => SourceOf(name).Has(name);

    public Tensor Load(ParameterSpec parameter, IDevice device) => SourceOf(parameter.Name).Load(parameter, device);

    public void Dispose()
    {
        foreach (TensorFile file in _files)
            file.Dispose();
        _files.Clear();
    }

    private IParameterSource SourceOf(string name)
    {
        foreach ((string prefix, IParameterSource source) in _prefixed)
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                return source;
        return _rest;
    }

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

    private TensorFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; name the safetensors file in it");
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such weight file");
        TensorFile file = TensorFile.Open(path);
        _files.Add(file);
        return file;
    }
}
