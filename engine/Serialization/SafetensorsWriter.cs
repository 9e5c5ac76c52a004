using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using SspNative.Engine.Storage;

namespace SspNative.Engine.Serialization;

/// <summary>
/// Writes safetensors files. The same tensors and metadata always give the same bytes: tensors lie in the order of their
/// element size, largest first (so each is aligned), then of their names. The file appears whole or not at all, see
/// <see cref="AtomicFile"/>.
/// </summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 20;

    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes tensors and metadata to a file, replacing it.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">What to write, by name.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>.</param>
    /// <param name="floats">How F32 tensors are stored: F32, or rounded to F16 or BF16.</param>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, DType floats = DType.F32) =>
        Write(path, [.. tensors.Select(t => StoredTensor.Of(t.Key, t.Value))], metadata, floats);

    /// <summary>Writes tensors, each of which is made when its turn comes, and metadata to a file, replacing it.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">What to write.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>.</param>
    /// <param name="floats">How F32 tensors are stored: F32, or rounded to F16 or BF16.</param>
    /// <param name="former">Where a file of that name that was there before goes; null: nowhere.</param>
    public static void Write(
        string path,
        IReadOnlyCollection<StoredTensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        DType floats = DType.F32,
        string? former = null)
    {
        if (floats is not (DType.F32 or DType.F16 or DType.BF16))
            throw new ArgumentException($"SafetensorsWriter: floats cannot be stored as {floats}", nameof(floats));
        if (tensors.Any(t => t.Name == SafetensorsHeader.MetadataKey))
            throw new ArgumentException(
                $"SafetensorsWriter: {SafetensorsHeader.MetadataKey} is not a name for a tensor", nameof(tensors));
        if (tensors.FirstOrDefault(t => t.DType == DType.F32Panels) is { Name: { } packed })
            throw new ArgumentException(
                $"SafetensorsWriter: {packed} is packed for this processor's products; write what it was packed from.", nameof(tensors));
        (StoredTensor Tensor, DType Stored)[] ordered =
        [
            .. tensors
                .Select(t => (Tensor: t, Stored: t.DType == DType.F32 ? floats : t.DType))
                .OrderByDescending(t => t.Stored.Size())
                .ThenBy(t => t.Tensor.Name, StringComparer.Ordinal),
        ];
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(ordered, metadata));
            foreach ((StoredTensor tensor, DType stored) in ordered)
            {
                using var scope = new TensorScope();
                Tensor read = tensor.Read();
                if (read.Shape != tensor.Shape || read.DType != tensor.DType)
                    throw new InvalidOperationException($"SafetensorsWriter: {tensor.Name} was announced as {tensor.DType}{tensor.Shape} and is {read}");
                WriteElements(stream, read, stored);
            }
        }, former);
    }

    private static byte[] Header(
        (StoredTensor Tensor, DType Stored)[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        using var bytes = new MemoryStream();
        bytes.Write(stackalloc byte[SafetensorsHeader.PrefixLength]);
        using (var json = new Utf8JsonWriter(bytes, _json))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach ((StoredTensor tensor, DType stored) in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", stored.ToString());
                json.WriteStartArray("shape");
                foreach (int dim in tensor.Shape)
                    json.WriteNumberValue(dim);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Shape.Count * stored.Size());
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // The format pads with spaces; eight-byte alignment lets readers map the data in place.
        while (bytes.Length % 8 != 0)
            bytes.WriteByte((byte)' ');
        byte[] header = bytes.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - SafetensorsHeader.PrefixLength);
        return header;
    }

    private static void WriteElements(Stream stream, Tensor tensor, DType stored)
    {
        long total = tensor.Count * tensor.DType.Size();
        var chunk = new byte[Math.Min(total, ChunkBytes)];
        var rounded = new byte[stored == tensor.DType ? 0 : chunk.Length / 2];
        for (long offset = 0; offset < total; offset += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, total - offset));
            tensor.Device.CopyToHost(tensor.Buffer, part, offset);
            if (stored == tensor.DType)
            {
                stream.Write(part);
                continue;
            }
            Span<byte> half = rounded.AsSpan(0, part.Length / 2);
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(part);
            if (stored == DType.F16)
                ElementConversion.EncodeHalf(values, MemoryMarshal.Cast<byte, Half>(half));
            else
                ElementConversion.EncodeBrain(values, MemoryMarshal.Cast<byte, ushort>(half));
            stream.Write(half);
        }
    }
}
