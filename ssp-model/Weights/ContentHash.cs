using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SspNative.Engine.Serialization;

namespace SspNative.Model.Weights;

/// <summary>
/// <c>content_sha256</c> in the metadata of what this project writes: the SHA-256 of the configuration, the training's options and state, and of every
/// tensor's name, shape and elements as float32. A bit that flipped on a disk or on the way is found by it.
/// </summary>
internal static class ContentHash
{
    public const string Key = "content_sha256";

    private static readonly string[] _described = [ModelCard.ConfigKey, ModelCard.OptionsKey, ModelCard.StateKey];

    /// <summary>The hash of tensors that are about to be written.</summary>
    /// <param name="metadata">What the file will say of itself.</param>
    /// <param name="tensors">What it will hold.</param>
    /// <param name="half">Whether floats will be rounded to float16.</param>
    public static string Compute(IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, Tensor> tensors, bool half = false) =>
        Compute(metadata, [.. tensors.Select(t => StoredTensor.Of(t.Key, t.Value))], half);

    /// <summary>The same of tensors that are made one after the other.</summary>
    public static string Compute(IReadOnlyDictionary<string, string> metadata, IReadOnlyCollection<StoredTensor> tensors, bool half = false)
    {
        var byName = tensors.ToDictionary(t => t.Name);
        return Compute(metadata, tensors.Select(t => (t.Name, t.Shape)), (hash, name) =>
        {
            using var scope = new TensorScope();
            Append(hash, byName[name].Read(), half);
        });
    }

    /// <summary>Checks a file that has a hash; one from elsewhere has none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static void Verify(TensorFile file)
    {
        if (!file.Metadata.TryGetValue(Key, out string? written))
            return;
        string found = Compute(file.Metadata, file.Entries.Select(e => (e.Name, e.Shape)), (hash, name) => Append(hash, file, file.Find(name)!));
        if (found != written)
            throw new InvalidDataException(
                $"{file.Path}: the file is damaged: its content has the SHA-256 {found}, but was saved with {ShownText.Of(written, 64)}");
    }

    private static string Compute(
        IReadOnlyDictionary<string, string> metadata, IEnumerable<(string Name, Shape Shape)> tensors, Action<IncrementalHash, string> append)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string key in _described)
            if (metadata.TryGetValue(key, out string? text))
                Line(text);
        foreach ((string name, Shape shape) in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"{name} {shape}"));
            append(hash, name);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Line(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private static void Append(IncrementalHash hash, Tensor tensor, bool half)
    {
        if (tensor.DType == DType.I64)
            hash.AppendData(MemoryMarshal.AsBytes<long>(tensor.ToLongArray()));
        else if (tensor.DType == DType.U8)
            hash.AppendData(tensor.ToByteArray());
        else
            hash.AppendData(MemoryMarshal.AsBytes<float>(half ? Array.ConvertAll(tensor.ToArray(), v => (float)(Half)v) : tensor.ToArray()));
    }

    private static void Append(IncrementalHash hash, TensorFile file, TensorEntry entry)
    {
        if (entry.DType == DType.I64)
            hash.AppendData(MemoryMarshal.AsBytes<long>(file.ReadLongs(entry.Name)));
        else if (entry.DType == DType.U8)
            hash.AppendData(file.ReadBytes(entry.Name));
        else
            hash.AppendData(MemoryMarshal.AsBytes<float>(file.ReadFloats(entry.Name)));
    }
}
