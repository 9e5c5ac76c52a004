using System.Buffers.Binary;

namespace SspNative.Engine.Serialization;

/// <summary>
/// CRC-32 with the reflected polynomial 0xEDB88320, as PNG pictures and zip archives have it, eight bytes at a time.
/// </summary>
/// <remarks>Kounavis and Berry, Novel Table Lookup-Based Algorithms for High-Performance CRC Generation, 2008.</remarks>
public sealed class Crc32
{
    private const int Slices = 8;

    // Of a byte that n zeros follow: [256·n + byte].
    private static readonly uint[] _table = MakeTable();

    private uint _state = uint.MaxValue;

    /// <summary>The checksum of all bytes so far.</summary>
    public uint Value => ~_state;

    /// <summary>The checksum of bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = new Crc32();
        crc.Append(bytes);
        return crc.Value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> table = _table;
        uint state = _state;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            ulong next = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ state;
            state = table[7 * 256 + (byte)next] ^ table[6 * 256 + (byte)(next >> 8)] ^ table[5 * 256 + (byte)(next >> 16)] ^ table[4 * 256 + (byte)(next >> 24)]
                ^ table[3 * 256 + (byte)(next >> 32)] ^ table[2 * 256 + (byte)(next >> 40)] ^ table[256 + (byte)(next >> 48)] ^ table[(int)(next >> 56)];
        }
        foreach (byte b in bytes)
            state = table[(byte)(state ^ b)] ^ state >> 8;
        _state = state;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[Slices * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint c = i;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ c >> 1 : c >> 1;
            table[i] = c;
        }
        for (int i = 256; i < table.Length; i++)
            table[i] = table[(byte)table[i - 256]] ^ table[i - 256] >> 8;
        return table;
    }
}
