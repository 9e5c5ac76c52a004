using System.Buffers.Binary;
using System.Text;

namespace SspNative.Engine.Serialization.Pickles;

/// <summary>The bytes of a pickle, read forwards, in a file or in memory; names file and offset where they end too early.</summary>
internal sealed class PickleStream
{
    /// <summary>The most bytes of a pickle that are no contents of arrays.</summary>
    public const long MaximumLength = 64 << 20;

    private const int WindowBytes = 1 << 16;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileBytes _file;
    private readonly byte[]? _memory;
    private readonly long _start;
    private readonly long _end;
    private readonly byte[] _window;
    private long _windowStart;
    private int _windowLength;
    private long _read;

    /// <summary>A part of a file.</summary>
    public PickleStream(FileBytes file, long start, long end)
    {
        (_file, _start, _end) = (file, start, end);
        _window = new byte[Math.Min(WindowBytes, Math.Max(1, end - start))];
        Position = start;
    }

    /// <summary>What a part of a file unpacked to.</summary>
    public PickleStream(FileBytes file, byte[] memory)
    {
        (_file, _memory, _end, _window, _windowLength) = (file, memory, memory.Length, memory, memory.Length);
    }

    /// <summary>The position of the next byte, in the file or in <see cref="Memory"/>.</summary>
    public long Position { get; private set; }

    /// <summary>The unpacked bytes; null where the pickle is read from the file itself.</summary>
    public byte[]? Memory => _memory;

    public byte Byte()
    {
        Need(1);
        return _window[(int)(Position++ - _windowStart)];
    }

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Few(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Few(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Few(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Few(8));

    public double Float() => BinaryPrimitives.ReadDoubleBigEndian(Few(8));

    /// <summary>A whole number of so many bytes; one beyond 64 bits stays bytes.</summary>
    public object Integer(int length)
    {
        ReadOnlySpan<byte> bytes = Few(length);
        if (length > 8)
            return new PickleLong(bytes.ToArray());
        long value = length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = length - 1; i >= 0; i--)
            value = value << 8 | bytes[i];
        return value;
    }

    /// <summary>A text of so many bytes.</summary>
    public string Text(long length, Encoding? encoding = null)
    {
        long at = Position;
        byte[] bytes = Bytes(length);
        try
        {
            return (encoding ?? _utf8).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            // Half a surrogate pair, which Python's pickles may hold, is no text here.
            throw Error(at, "has a text that is not UTF-8");
        }
    }

    /// <summary>A text up to the end of the line.</summary>
    public string Line()
    {
        var line = new StringBuilder();
        for (byte b = Byte(); b != '\n'; b = Byte())
        {
            if (line.Length == 1024)
                throw Error(Position, "has a name of more than 1024 bytes");
            line.Append((char)b);
        }
        return line.ToString();
    }

    /// <summary>Passes over the contents of an array.</summary>
    public PickleBytes Skip(long length)
    {
        if (length < 0 || length > _end - Position)
            throw TooShort(length);
        var bytes = new PickleBytes(Position, length, _memory);
        Position += length;
        return bytes;
    }

    public InvalidDataException Error(long position, string problem) =>
        new($"{_file.Path}: byte {position}{(_memory is null ? "" : " of the unpacked pickle")} {ShownText.Of(problem)}");

    private byte[] Bytes(long length)
    {
        if (length < 0 || length > _end - Position)
            throw TooShort(length);
        Count(length);
        var bytes = new byte[length];
        if (_memory is null)
            _file.Read(Position, bytes);
        else
            _memory.AsSpan((int)Position, (int)length).CopyTo(bytes);
        Position += length;
        return bytes;
    }

    private ReadOnlySpan<byte> Few(int length)
    {
        Need(length);
        Position += length;
        return _window.AsSpan((int)(Position - length - _windowStart), length);
    }

    // Makes the window hold so many bytes from the position on.
    private void Need(int length)
    {
        if (length > _end - Position)
            throw TooShort(length);
        Count(length);
        if (Position >= _windowStart && Position + length <= _windowStart + _windowLength)
            return;
        _windowStart = Position;
        _windowLength = (int)Math.Min(_window.Length, _end - Position);
        _file.Read(Position, _window.AsSpan(0, _windowLength));
    }

    private void Count(long length)
    {
        if ((_read += length) > MaximumLength)
            throw Error(Position, $"is in a pickle of more than {MaximumLength >> 20} MiB");
    }

    private InvalidDataException TooShort(long length) =>
        Error(Position, $"should begin {length} bytes, but the pickle, which begins at byte {_start}, ends at byte {_end}");
}
