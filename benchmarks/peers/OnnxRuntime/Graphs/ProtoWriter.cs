using System.Buffers.Binary;
using System.Text;

namespace SspNative.Peers.OnnxRuntime.Graphs;

/// <summary>Writes protocol buffer fields: varints, floats, and whatever has a length.</summary>
/// <param name="capacity">The length, where it is known.</param>
internal sealed class ProtoWriter(int capacity = 0)
{
    private const int VarintType = 0, BytesType = 2, FloatType = 5;

    private readonly MemoryStream _stream = new(capacity);

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Written => _stream.GetBuffer().AsSpan(0, (int)_stream.Length);

    /// <summary>Everything, if it has the length that was said before.</summary>
    public byte[] Whole() => _stream.Length == capacity
        ? _stream.GetBuffer()
        : throw new InvalidOperationException($"{_stream.Length} bytes were written where {capacity} were meant");

    /// <summary>How long a field of so many bytes is, its number and length included.</summary>
    public static long LengthOf(int field, long bytes) => LengthOf((ulong)(field << 3 | BytesType)) + LengthOf((ulong)bytes) + bytes;

    /// <summary>The number and the length of a field whose bytes follow.</summary>
    public ProtoWriter Head(int field, long bytes)
    {
        Varint((ulong)(field << 3 | BytesType));
        Varint((ulong)bytes);
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public ProtoWriter Bytes(ReadOnlySpan<byte> value)
    {
        _stream.Write(value);
        return this;
    }

    public ProtoWriter Integer(int field, long value)
    {
        Varint((ulong)(field << 3 | VarintType));
        Varint((ulong)value);
        return this;
    }

    public ProtoWriter Float(int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Varint((ulong)(field << 3 | FloatType));
        _stream.Write(bytes);
        return this;
    }

    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value) => Head(field, value.Length).Bytes(value);

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        return Bytes(field, inner.Written);
    }

    private static int LengthOf(ulong varint) => varint < 0x80 ? 1 : 1 + LengthOf(varint >> 7);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _stream.WriteByte((byte)(value | 0x80));
        _stream.WriteByte((byte)value);
    }
}
