using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace SspNative.Tests.Serialization;

/// <summary>Safetensors files byte by byte, for what the writer would never write.</summary>
internal static class RawSafetensors
{
    /// <summary>A file of the given header text and data.</summary>
    public static byte[] Bytes(string header, byte[] data) => Bytes(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Bytes(byte[] header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    /// <summary>Writes a file of raw tensors and returns its path.</summary>
    public static string Write(string path, params (string Name, string Type, int[] Shape, byte[] Data)[] tensors) =>
        Write(path, [], tensors);

    public static string Write(
        string path, Dictionary<string, string> metadata, params (string Name, string Type, int[] Shape, byte[] Data)[] tensors)
    {
        var header = new Dictionary<string, object> { ["__metadata__"] = metadata };
        var data = new List<byte>();
        foreach ((string name, string type, int[] shape, byte[] bytes) in tensors)
        {
            header[name] = new { dtype = type, shape, data_offsets = new[] { data.Count, data.Count + bytes.Length } };
            data.AddRange(bytes);
        }
        File.WriteAllBytes(path, Bytes(JsonSerializer.Serialize(header), [.. data]));
        return path;
    }
}
