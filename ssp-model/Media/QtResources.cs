using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SspNative.Model.Files;

namespace SspNative.Model.Media;

/// <summary>
/// Reads the files inside Qt's binary resources (<c>.rcc</c>, versions 1 to 3), stored plainly or by zlib. A tree of 14 or 22 bytes a node gives for
/// each file the offsets of its name and its data; all numbers are big-endian. Source: Qt 5, <c>qresource.cpp</c>.
/// </summary>
internal sealed class QtResources
{
    private const int Compressed = 1, Folder = 2, CompressedByZstd = 4;

    /// <summary>A file of the resources must not unpack to more than 64 MiB.</summary>
    private const int MostBytes = 64 << 20;

    private readonly byte[] _bytes;
    private readonly string _path;
    private readonly int _tree, _data, _names, _nodeSize;
    private readonly Dictionary<string, (int Flags, int Offset)> _files = [];
    private long _walked;

    /// <exception cref="InputException">The file is missing, damaged, or no such file.</exception>
    public QtResources(string path)
    {
        _path = path;
        _bytes = InputFile.ReadBytes(path, InputFile.PictureLimit);
        int version = _bytes.Length >= 20 && _bytes.AsSpan().StartsWith("qres"u8) ? Word(4) : 0;
        if (version is not (>= 1 and <= 3))
            throw new InputException($"{path}: not a Qt resource file of version 1 to 3");
        (_tree, _data, _names, _nodeSize) = (Word(8), Word(12), Word(16), version == 1 ? 14 : 22);
        Walk(0, "", depth: 0);
    }

    /// <summary>The files, as <c>gcompris/src/…/piano.svg</c>.</summary>
    public IReadOnlyCollection<string> Files => _files.Keys;

    /// <summary>What a file holds.</summary>
    /// <exception cref="InputException">There is no such file, or its data is damaged.</exception>
    public byte[] Read(string file)
    {
        if (!_files.TryGetValue(file, out (int Flags, int Offset) entry))
            throw new InputException($"{_path}: has no {file}");
        long start = (long)_data + entry.Offset;
        ReadOnlySpan<byte> data = Slice(start + 4, Word(start));
        if ((entry.Flags & CompressedByZstd) != 0)
            throw new InputException($"{_path}: {file} is compressed by zstd, which is not read");
        return (entry.Flags & Compressed) == 0 ? data.ToArray() : Unpack(data, file);
    }

    private byte[] Unpack(ReadOnlySpan<byte> data, string file)
    {
        int length = data.Length < 4 ? -1 : BinaryPrimitives.ReadInt32BigEndian(data);
        if (length is < 0 or > MostBytes)
            throw new InputException($"{_path}: {file} claims {length} bytes");
        byte[] unpacked = new byte[length];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(data[4..].ToArray()), CompressionMode.Decompress);
            zlib.ReadExactly(unpacked);
            return unpacked;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{_path}: {file} is damaged", e);
        }
    }

    private void Walk(int node, string path, int depth)
    {
        const int deepest = 32;
        long at = _tree + (long)node * _nodeSize;
        int flags = Half(at + 4);
        string name = node == 0 ? "" : path.Length == 0 ? NameAt(Word(at)) : $"{path}/{NameAt(Word(at))}";
        if ((flags & Folder) == 0)
        {
            _files[name] = (flags, Word(at + 10));
            return;
        }
        int count = Word(at + 6), first = Word(at + 10);
        // Children follow their parents and each has one, so that the walk ends.
        _walked += count;
        if (depth > deepest || first <= node || count < 0 || _walked > _bytes.Length / _nodeSize)
            throw new InputException($"{_path}: the tree of its files is damaged at node {node}");
        for (int i = 0; i < count; i++)
            Walk(first + i, name, depth + 1);
    }

    private string NameAt(int offset) => Encoding.BigEndianUnicode.GetString(Slice((long)_names + offset + 6, 2 * Half((long)_names + offset)));

    private int Word(long at) => BinaryPrimitives.ReadInt32BigEndian(Slice(at, 4));

    private int Half(long at) => BinaryPrimitives.ReadUInt16BigEndian(Slice(at, 2));

    private ReadOnlySpan<byte> Slice(long at, int length) => at >= 0 && length >= 0 && at + length <= _bytes.Length
        ? _bytes.AsSpan((int)at, length)
        : throw new InputException($"{_path}: is damaged: it points at byte {at}, beyond its end or before its beginning");
}
