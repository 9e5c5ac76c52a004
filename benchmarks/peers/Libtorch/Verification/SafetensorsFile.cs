using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Verification;

/// <summary>Reads safetensors of floats and 64-bit integers.</summary>
internal sealed class SafetensorsFile
{
    private readonly byte[] _bytes;
    private readonly int _dataStart;
    private readonly Dictionary<string, JsonElement> _entries;

    public SafetensorsFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        int length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_bytes));
        _dataStart = 8 + length;
        _entries = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(_bytes.AsSpan(8, length))!;
        Metadata = _entries.Remove("__metadata__", out JsonElement metadata) ? metadata.Deserialize<Dictionary<string, string>>()! : [];
    }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Contains(string name) => _entries.ContainsKey(name);

    public Tensor Read(string name)
    {
        JsonElement entry = _entries[name];
        int[] range = entry.GetProperty("data_offsets").Deserialize<int[]>()!;
        long[] shape = entry.GetProperty("shape").Deserialize<long[]>()!;
        Span<byte> data = _bytes.AsSpan(_dataStart + range[0], range[1] - range[0]);
        return entry.GetProperty("dtype").GetString() switch
        {
            "F32" => tensor(MemoryMarshal.Cast<byte, float>(data).ToArray(), shape),
            "I64" => tensor(MemoryMarshal.Cast<byte, long>(data).ToArray(), shape),
            string other => throw new InvalidDataException($"{name} is of type {other}"),
            null => throw new InvalidDataException($"{name} has no type"),
        };
    }
}
