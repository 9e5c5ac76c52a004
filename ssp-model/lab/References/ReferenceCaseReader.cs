using System.Globalization;
using System.Text.Json;
using SspNative.Engine.Serialization;
using SspNative.Model.Files;

namespace SspNative.Lab.References;

/// <summary>Reads a <see cref="ReferenceCase"/> out of its file and checks that its parts fit together.</summary>
internal sealed class ReferenceCaseReader
{
    private const string Stored = "stored";
    private const string Procedural = "procedural";
    private const long MostProceduralElements = 1 << 26;
    private const string Index = ".index", Value = ".value", FullShape = ".shape";

    private static readonly string[] _prefixes =
    [
        ReferenceCase.InputPrefix, ReferenceCase.WeightPrefix, ReferenceCase.OutputPrefix, ReferenceCase.GradPrefix,
        ReferenceCase.CotangentPrefix,
    ];

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, double> _torchErrors;

    private ReferenceCaseReader(SafetensorsFile file)
    {
        _file = file;
        _torchErrors = ReadTorchErrors();
    }

    public static ReferenceCase Read(SafetensorsFile file)
    {
        var reader = new ReferenceCaseReader(file);
        if (file.Entries.FirstOrDefault(e => !_prefixes.Any(p => e.Name.StartsWith(p, StringComparison.Ordinal))) is { } unknown)
            throw reader.Malformed($"the tensor {unknown.Name} is no input, weight, output, gradient or cotangent");
        var result = new ReferenceCase(file)
        {
            Module = reader.Metadata("module"),
            Config = reader.ParseObject("config"),
            HasStoredWeights = reader.IsStored("weights", reader.Metadata("weights")),
            HasStoredCotangents = reader.IsStored("cotangents", file.Metadata.GetValueOrDefault("cotangents", Stored)),
            Seed = ulong.TryParse(reader.Metadata("seed"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
                ? seed
                : throw reader.Malformed($"the seed {reader.Metadata("seed")} is no non-negative integer"),
            ProceduralInputs = reader.ReadProceduralInputs(),
            Outputs = reader.ReadExpected(ReferenceCase.OutputPrefix, ""),
            Gradients = reader.ReadExpected(ReferenceCase.GradPrefix, ReferenceCase.GradPrefix),
        };
        reader.Check(result);
        return result;
    }

    private void Check(ReferenceCase result)
    {
        if (result.Outputs.Count == 0)
            throw Malformed("it expects no output");
        foreach (string name in result.ProceduralInputs.Keys)
            if (_file.Find(ReferenceCase.InputPrefix + name) is not null)
                throw Malformed($"the input {name} is both stored and procedural");
        foreach (ExpectedTensor gradient in result.Gradients)
        {
            if (gradient.Floats is null)
                throw Malformed($"{gradient.Name} is not floating-point");
            string name = gradient.Name[ReferenceCase.GradPrefix.Length..];
            if (VariableShape(result, name) is { } shape && gradient.Shape is { } own && shape != own)
                throw Malformed($"{gradient.Name} has the shape {own}, but {name} has {shape}");
        }
        foreach (TensorEntry entry in EntriesUnder(ReferenceCase.CotangentPrefix))
        {
            string name = entry.Name[ReferenceCase.CotangentPrefix.Length..];
            if (result.Outputs.FirstOrDefault(o => o.Name == name) is not { } output)
                throw Malformed($"{entry.Name} belongs to no output");
            if (!entry.Shape.Equals(output.Shape) || output.Floats is null || entry.DType != DType.F32)
                throw Malformed(
                    $"{entry.Name} is {entry.StoredType}{entry.Shape}, which does not fit its output of shape {output.Shape}");
        }
    }

    // The shape of an input or stored weight; procedural weights get theirs from the module.
    private Shape? VariableShape(ReferenceCase result, string name) =>
        result.ProceduralInputs.TryGetValue(name, out (Shape Shape, float Scale) input)
            ? input.Shape
            : _file.Find(ReferenceCase.InputPrefix + name)?.Shape ?? _file.Find(ReferenceCase.WeightPrefix + name)?.Shape;

    private List<ExpectedTensor> ReadExpected(string prefix, string keep)
    {
        var expected = new List<ExpectedTensor>();
        foreach (TensorEntry entry in EntriesUnder(prefix).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            // Suffixes count after the prefix only: grad.value is the gradient of the input "value".
            string name = entry.Name[prefix.Length..];
            if (name.EndsWith(Index, StringComparison.Ordinal))
                expected.Add(ReadSampled(prefix, name[..^Index.Length], keep));
            else if (name.EndsWith(Value, StringComparison.Ordinal))
                RequirePart(prefix + name[..^Value.Length], Index);
            else if (name.EndsWith(FullShape, StringComparison.Ordinal))
                RequirePart(prefix + name[..^FullShape.Length], Index);
            else
                expected.Add(MakeExpected(entry, keep + name, entry.Shape, null));
        }
        return expected;
    }

    private ExpectedTensor ReadSampled(string prefix, string name, string keep)
    {
        TensorEntry index = RequirePart(prefix + name, Index);
        TensorEntry value = RequirePart(prefix + name, Value);
        if (index.DType != DType.I64 || index.Shape.Rank != 1 || index.Shape != value.Shape)
            throw Malformed($"{index.Name} is {index.StoredType}{index.Shape}, which does not fit the values {value.Shape}");
        Shape? shape = null;
        // A gradient has the shape of its variable, so its samples may come without.
        if (prefix != ReferenceCase.GradPrefix || _file.Find(prefix + name + FullShape) is not null)
            shape = ReadFullShape(RequirePart(prefix + name, FullShape));
        long[] indices = _file.ReadLongs(index.Name);
        foreach (long i in indices)
            if (i < 0 || i >= (shape?.Count ?? Array.MaxLength))
                throw Malformed($"{index.Name} has the index {i}, which is outside the tensor {shape}");
        return MakeExpected(value, keep + name, shape, indices);
    }

    private Shape ReadFullShape(TensorEntry entry) => entry.DType == DType.I64 && entry.Shape.Rank == 1
        ? MakeShape(entry.Name, _file.ReadLongs(entry.Name))
        : throw Malformed($"{entry.Name} is {entry.StoredType}{entry.Shape}, not a list of integers");

    private TensorEntry RequirePart(string name, string part) =>
        _file.Find(name + part) ?? throw Malformed($"the sampled tensor {name} has no {name}{part}");

    private ExpectedTensor MakeExpected(TensorEntry values, string name, Shape? shape, long[]? indices)
    {
        double? torchError = _torchErrors.TryGetValue(name, out double error) ? error : null;
        switch (values.DType)
        {
            case DType.F32:
                float[] floats = _file.ReadFloats(values.Name);
                return floats.All(float.IsFinite)
                    ? new ExpectedTensor(name, shape, indices, floats, null, torchError)
                    : throw Malformed($"{values.Name} has values that are not finite");
            case DType.I64:
                return new ExpectedTensor(name, shape, indices, null, _file.ReadLongs(values.Name), torchError);
            default:
                long[] integers = Array.ConvertAll(_file.ReadBytes(values.Name), b => (long)b);
                return new ExpectedTensor(name, shape, indices, null, integers, torchError);
        }
    }

    private Dictionary<string, (Shape Shape, float Scale)> ReadProceduralInputs()
    {
        const string Key = "procedural_inputs";
        var inputs = new Dictionary<string, (Shape, float)>();
        if (!_file.Metadata.ContainsKey(Key))
            return inputs;
        foreach (JsonProperty input in ParseObject(Key).EnumerateObject())
        {
            if (input.Value.ValueKind != JsonValueKind.Object
                || !input.Value.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array
                || !input.Value.TryGetProperty("scale", out JsonElement scale) || scale.ValueKind != JsonValueKind.Number
                || shape.EnumerateArray().Any(d => d.ValueKind != JsonValueKind.Number || !d.TryGetInt64(out _)))
                throw Malformed($"{Key} does not give {input.Name} a shape and a scale");
            long[] dims = [.. shape.EnumerateArray().Select(d => d.GetInt64())];
            Shape made = MakeShape($"{Key}.{input.Name}", dims);
            // A file of a few hundred bytes must not ask for all memory.
            if (made.Count > MostProceduralElements)
                throw Malformed($"{Key}.{input.Name} has the shape {made}; more than {MostProceduralElements} elements are not made");
            if (!float.IsFinite(scale.GetSingle()))
                throw Malformed($"{Key} gives {input.Name} a scale that is not finite");
            inputs.Add(input.Name, (made, scale.GetSingle()));
        }
        return inputs;
    }

    private Dictionary<string, double> ReadTorchErrors()
    {
        const string Key = "torch_float32_error";
        var errors = new Dictionary<string, double>();
        if (!_file.Metadata.ContainsKey(Key))
            return errors;
        foreach (JsonProperty error in ParseObject(Key).EnumerateObject())
        {
            if (error.Value.ValueKind != JsonValueKind.Object
                || !error.Value.TryGetProperty("rms", out JsonElement rms) || rms.ValueKind != JsonValueKind.Number)
                throw Malformed($"{Key} gives no rms for {error.Name}");
            // Our results are judged by it: one that is not a small number would let anything pass.
            double value = rms.GetDouble();
            if (!(value >= 0 && double.IsFinite(value)))
                throw Malformed($"{Key} gives {error.Name} the rms {value}");
            errors.Add(error.Name, value);
        }
        return errors;
    }

    private Shape MakeShape(string name, long[] dims)
    {
        Int128 count = 1;
        foreach (long d in dims)
        {
            count *= d;
            // What is compared or generated is held in one host array at some point.
            if (d < 0 || d > int.MaxValue || count > Array.MaxLength)
                throw Malformed($"{name} is [{ShortList.Of([.. dims.Select(d => $"{d}")])}], which is no usable shape");
        }
        return new Shape([.. dims.Select(d => (int)d)]);
    }

    private IEnumerable<TensorEntry> EntriesUnder(string prefix) =>
        _file.Entries.Where(e => e.Name.StartsWith(prefix, StringComparison.Ordinal));

    private string Metadata(string key) =>
        _file.Metadata.GetValueOrDefault(key) ?? throw Malformed($"the metadata has no {key}");

    private bool IsStored(string key, string value) => value switch
    {
        Stored => true,
        Procedural => false,
        _ => throw Malformed($"{key} is {value}, neither {Stored} nor {Procedural}"),
    };

    private JsonElement ParseObject(string key)
    {
        try
        {
            using JsonDocument document = JsonText.Parse(Metadata(key), $"the metadata {key}");
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Malformed($"the metadata {key} is no JSON object");
            return document.RootElement.Clone();
        }
        catch (InputException e)
        {
            throw new InvalidDataException($"{_file.Path}: {e.Message}", e);
        }
    }

    private InvalidDataException Malformed(string problem) => new($"{_file.Path}: {ShownText.Of(problem)}");
}
