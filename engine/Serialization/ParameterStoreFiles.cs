using SspNative.Engine.Nn;

namespace SspNative.Engine.Serialization;

/// <summary>A model's parameters in a safetensors file, under their published names.</summary>
public static class ParameterStoreFiles
{
    private const int NamesOfAnError = 10;

    /// <summary>Writes all parameters to a file, which appears whole or not at all.</summary>
    public static void Save(this ParameterStore store, string path) =>
        SafetensorsWriter.Write(path, store.Names.ToDictionary(n => n, n => store[n]));

    /// <summary>Reads all parameters from a file. A file that does not fit changes none; one that cannot be read to its end may have changed some.</summary>
    /// <exception cref="InvalidDataException">The file lacks a parameter, has one in another shape, or has a tensor that the model lacks.</exception>
    /// <exception cref="InvalidOperationException">
    /// A parameter of the model is packed, or stored in fewer bits, so that nothing can be written to it.
    /// </exception>
    public static void Load(this ParameterStore store, string path)
    {
        if (store.Names.FirstOrDefault(n => store[n].DType != DType.F32) is { } other)
            throw new InvalidOperationException($"{other} is stored as {store[other].DType}; a model for inference alone cannot be loaded anew");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var source = new TensorFileSource([file]);
        string[] problems =
        [
            .. store.Specs.Select(source.Problem).OfType<string>(),
            .. file.Entries.Where(e => store.Find(e.Name) is null).Select(e => $"{e.Name}: the model has no such parameter"),
        ];
        if (problems.Length > 0)
        {
            string more = problems.Length > NamesOfAnError ? $"; and {problems.Length - NamesOfAnError} more" : "";
            throw new InvalidDataException($"{path}: {string.Join("; ", problems.Take(NamesOfAnError))}{more}");
        }
        foreach (string name in store.Names)
            store[name].CopyFrom(file.ReadFloats(name));
    }
}
