using System.Buffers.Binary;
using System.Text;

namespace SspNative.Tests.Support;

/// <summary>Damaged files whose checks are made right, so that readers look at what is inside.</summary>
internal static class MendedBytes
{
    /// <summary>A PNG with every checksum made right, so that what is inside is looked at; other bytes as they are.</summary>
    public static byte[] OfPng(byte[] bytes)
    {
        if (bytes.Length < 8 || bytes[1] != 'P')
            return bytes;
        var png = new MemoryStream();
        png.Write(bytes, 0, 8);
        ReadOnlySpan<byte> rest = bytes.AsSpan(8);
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
                break;
            png.Write(RawPng.Chunk(Encoding.Latin1.GetString(rest.Slice(4, 4)), rest.Slice(8, (int)length).ToArray()));
            rest = rest[(12 + (int)length)..];
        }
        png.Write(rest);
        return png.ToArray();
    }

    /// <summary>A safetensors file whose first bytes say where its header ends, as far as a brace tells.</summary>
    public static byte[] OfSafetensors(byte[] bytes)
    {
        int end = bytes.AsSpan().LastIndexOf("}}"u8) + 2;
        return end < 10 ? bytes : [.. BitConverter.GetBytes((long)(end - 8)), .. bytes[8..]];
    }
}
