using System.Buffers.Binary;
using System.IO.Compression;

namespace SspNative.Tests.Support;

/// <summary>PNG files chunk by chunk, for what no encoder would write.</summary>
internal static class RawPng
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A file of chunks, checksums added.</summary>
    public static byte[] Bytes(params IEnumerable<(string Type, byte[] Data)> chunks)
    {
        var png = new MemoryStream();
        png.Write(Signature);
        foreach ((string type, byte[] data) in chunks)
            png.Write(Chunk(type, data));
        return png.ToArray();
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type.Select(c => (byte)c), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static (string, byte[]) Header(int width, int height, byte depth, byte colourType)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colourType);
        return ("IHDR", header);
    }

    /// <summary>A chunk of pixels: filtered rows.</summary>
    public static (string, byte[]) Pixels(ReadOnlySpan<byte> rows) => ("IDAT", Compress(rows));

    public static (string, byte[]) End => ("IEND", []);

    public static byte[] Compress(ReadOnlySpan<byte> bytes)
    {
        var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        return stream.ToArray();
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}
