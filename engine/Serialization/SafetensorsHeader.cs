using System.Text.Json;
using System.Text.Unicode;

namespace SspNative.Engine.Serialization;

/// <summary>
/// Reads and checks the header of a safetensors file: a little-endian u64 length N, N bytes of JSON
/// (name → dtype, shape, data_offsets, and <c>__metadata__</c>, string → string), then the data, which the tensors
/// cover from its first to its last byte without holes or overlaps.
/// </summary>
/// <param name="file">The file's name, for messages.</param>
/// <param name="dataStart">Where the data begin: 8 + N.</param>
/// <param name="fileLength">Length of the file in bytes.</param>
internal sealed class SafetensorsHeader(string file, long dataStart, long fileLength)
{
    public const int PrefixLength = 8;
    public const long MaximumLength = 100_000_000;
    public const string MetadataKey = "__metadata__";

    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false };

    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>The tensors, in the order of their data.</summary>
    public List<TensorEntry> Entries { get; } = [];

    public void Parse(ReadOnlyMemory<byte> json)
    {
        // Checked first because the JSON reader reports bad UTF-8 only when a string is used.
        if (!Utf8.IsValid(json.Span))
            throw HeaderError("is not UTF-8");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, _strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw HeaderError($"is a JSON {document.RootElement.ValueKind}, not an object");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (property.Name == MetadataKey)
                    ReadMetadata(property.Value);
                else
                    Entries.Add(ReadEntry(property.Name, property.Value));
        }
        catch (JsonException e)
        {
            long position = PrefixLength + (e.BytePositionInLine ?? 0);
            throw HeaderError($"is not valid JSON near byte {position}: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            // A string with an escaped half of a surrogate pair is JSON, but no text.
            throw HeaderError($"has a string that is no valid text: {e.Message}");
        }
        CheckCoverage();
    }

    private void ReadMetadata(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
            throw HeaderError($"has a {MetadataKey} that is not an object");
        foreach (JsonProperty entry in metadata.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String)
                throw HeaderError($"has the metadata {entry.Name} that is not a string");
            Metadata.Add(entry.Name, entry.Value.GetString()!);
        }
    }

    private TensorEntry ReadEntry(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw TensorError(name, "is not described by an object");
        foreach (JsonProperty property in value.EnumerateObject())
            if (property.Name is not ("dtype" or "shape" or "data_offsets"))
                throw TensorError(name, $"has the unknown field {property.Name}");
        string type = value.TryGetProperty("dtype", out JsonElement dtype) && dtype.ValueKind == JsonValueKind.String
            ? dtype.GetString()!
            : throw TensorError(name, "has no dtype");
        if (StoredTypes.Find(type) is not { } known)
            throw TensorError(
                name, $"has the element type {type}, which is not one of F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U32, U16, U8, BOOL");
        Shape shape = ReadShape(name, value);
        long[] offsets = Integers(name, value, "data_offsets");
        if (offsets.Length != 2)
            throw TensorError(name, $"has {offsets.Length} data_offsets, not two");
        (long begin, long end) = (offsets[0], offsets[1]);
        long dataLength = fileLength - dataStart;
        if (begin > end || end > dataLength)
            throw TensorError(
                name, $"has data_offsets [{begin}, {end}] outside the {dataLength} bytes of data that begin at byte {dataStart}");
        if ((UInt128)(ulong)shape.Count * (uint)known.Size != (UInt128)(ulong)(end - begin))
            throw TensorError(name, $"has {end - begin} bytes at byte {dataStart + begin}, which do not fill {type}{shape}");
        return new TensorEntry(name, type, shape, dataStart + begin, end - begin);
    }

    private Shape ReadShape(string name, JsonElement value)
    {
        long[] dims = Integers(name, value, "shape");
        Int128 count = 1;
        foreach (long d in dims)
        {
            count *= d;
            if (d > int.MaxValue || count > long.MaxValue)
                throw TensorError(name, $"has the shape [{ShortList.Of([.. dims.Select(d => $"{d}")])}], which is too large");
        }
        return new Shape([.. dims.Select(d => (int)d)]);
    }

    private long[] Integers(string name, JsonElement value, string field)
    {
        if (!value.TryGetProperty(field, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
            throw TensorError(name, $"has no {field}");
        var integers = new long[array.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long integer) || integer < 0)
                throw TensorError(name, $"has {field} with {item.GetRawText()}, which is no number from 0 to {long.MaxValue}");
            integers[i++] = integer;
        }
        return integers;
    }

    private void CheckCoverage()
    {
        Entries.Sort((a, b) => (a.Offset, a.ByteLength, a.Name).CompareTo((b.Offset, b.ByteLength, b.Name)));
        long position = dataStart;
        string before = "the header";
        foreach (TensorEntry entry in Entries)
        {
            if (entry.Offset < position)
                throw TensorError(
                    entry.Name, $"begins at byte {entry.Offset}, inside {before}, which ends at byte {position}");
            if (entry.Offset > position)
                throw TensorError(
                    entry.Name, $"begins at byte {entry.Offset}, leaving a hole after {before}, which ends at byte {position}");
            position += entry.ByteLength;
            before = $"the tensor {entry.Name}";
        }
        if (position != fileLength)
            throw new InvalidDataException(
                $"{file}: the last {fileLength - position} bytes, from byte {position}, belong to no tensor");
    }

    private InvalidDataException HeaderError(string problem) =>
        new($"{file}: the header (bytes {PrefixLength} to {dataStart}) {ShownText.Of(problem)}");

    private InvalidDataException TensorError(string name, string problem) =>
        new($"{file}: tensor {ShownText.Of(name)} {ShownText.Of(problem)}");
}
