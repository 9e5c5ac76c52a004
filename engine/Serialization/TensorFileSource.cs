using SspNative.Engine.Nn;

namespace SspNative.Engine.Serialization;

/// <summary>
/// Parameters from weight files, the shards of one checkpoint. The first file that has a name gives it. The files stay
/// the caller's: they must be open while the source is used.
/// </summary>
/// <param name="files">The files, in the order in which they are searched.</param>
/// <param name="prefixes">
/// How the files' names differ from the model's: the first pair whose <c>Model</c> begins a name replaces it by <c>File</c>.
/// ("", "model.") looks for every parameter under <c>model.</c>
/// </param>
public sealed class TensorFileSource(
    IReadOnlyList<TensorFile> files, params IReadOnlyList<(string Model, string File)> prefixes) : IParameterSource
{
    public string Description => string.Join(", ", files.Select(f => Path.GetFileName(f.Path)));

    public string? Problem(ParameterSpec parameter)
    {
        (string name, Shape shape, _, _) = parameter;
        string stored = StoredName(name);
        if (FileWith(stored)?.Find(stored) is not { } entry)
            return stored == name ? $"{name} {shape}: missing" : $"{name} {shape}: missing, looked for as {stored}";
        if (entry.Shape != shape)
            return $"{name}: the file has {entry.Shape}, the model wants {shape}";
        return entry.DType == DType.F32 ? null : $"{name}: its element type is {entry.StoredType}, which is no floating-point type";
    }

    public bool Has(string name) => FileWith(StoredName(name)) is not null;

    public Tensor Load(ParameterSpec parameter, IDevice device)
    {
        string stored = StoredName(parameter.Name);
        return FileWith(stored)!.Read(stored, device);
    }

    private TensorFile? FileWith(string stored) => files.FirstOrDefault(f => f.Find(stored) is not null);

    private string StoredName(string name)
    {
        foreach ((string model, string file) in prefixes)
            if (name.StartsWith(model, StringComparison.Ordinal))
                return file + name[model.Length..];
        return name;
    }
}
