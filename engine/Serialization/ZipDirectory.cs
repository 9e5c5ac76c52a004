using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SspNative.Engine.Serialization;

/// <summary>One file of a zip archive.</summary>
/// <param name="Offset">Where its data begin.</param>
/// <param name="Stored">Bytes of its data in the archive.</param>
/// <param name="Length">Bytes of its contents.</param>
/// <param name="IsPlain">Whether the data are the contents, uncompressed.</param>
/// <param name="Checksum">CRC-32 of the contents; 0 where the writer computed none, as PyTorch can be told.</param>
internal sealed record ZipEntry(string Name, long Offset, long Stored, long Length, bool IsPlain, uint Checksum);

/// <summary>The directory of a zip archive, with 64-bit sizes where it has them; every entry is checked to lie in the file, apart from the others.</summary>
/// <remarks>The format: PKWARE's APPNOTE.TXT, 6.3.10.</remarks>
internal sealed class ZipDirectory
{
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, RecordLength = 46, LocalLength = 30;
    private const int MostComment = 65535, CheckedBlock = 1 << 20, MostDirectory = 64 << 20;
    private const uint EndMark = 0x06054B50, LocatorMark = 0x07064B50, End64Mark = 0x06064B50, RecordMark = 0x02014B50, LocalMark = 0x04034B50;

    private readonly FileBytes _file;

    /// <exception cref="InvalidDataException">It is cut or damaged; says where.</exception>
    public ZipDirectory(FileBytes file)
    {
        _file = file;
        (long start, long length) = Directory();
        var directory = new byte[length];
        file.Read(start, directory);
        var entries = new Dictionary<string, ZipEntry>();
        for (int at = 0; at < directory.Length;)
        {
            ZipEntry entry = Entry(directory, ref at, start);
            if (!entries.TryAdd(entry.Name, entry))
                throw Error(start + at, $"has the entry {entry.Name} a second time");
        }
        Entries = entries;
        long end = 0;
        foreach (ZipEntry entry in entries.Values.OrderBy(e => e.Offset).ThenBy(e => e.Stored))
        {
            if (entry.Offset < end)
                throw Error(entry.Offset, $"begins the entry {entry.Name} inside the one before it");
            end = entry.Offset + entry.Stored;
        }
    }

    public IReadOnlyDictionary<string, ZipEntry> Entries { get; }

    /// <summary>The contents of a small entry.</summary>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="InvalidDataException">It has more, or is damaged.</exception>
    public byte[] Read(ZipEntry entry, long limit)
    {
        if (entry.Length > limit || entry.Stored > limit)
            throw Error(entry.Offset, $"begins {entry.Name}, which unpacks to {entry.Length} bytes, more than the {limit} that are read");
        var stored = new byte[entry.Stored];
        _file.Read(entry.Offset, stored);
        if (entry.IsPlain)
        {
            Require(entry, Crc32.Compute(stored));
            return stored;
        }
        var contents = new byte[entry.Length];
        bool isWhole = false;
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(stored), CompressionMode.Decompress);
            isWhole = inflate.ReadAtLeast(contents, contents.Length, throwOnEndOfStream: false) == contents.Length && inflate.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            // Told below, with the file and place.
        }
        if (!isWhole)
            throw Error(entry.Offset, $"begins {entry.Name}, whose compressed data are damaged");
        Require(entry, Crc32.Compute(contents));
        return contents;
    }

    /// <summary>Reads an uncompressed entry through and compares its checksum.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public void Check(ZipEntry entry)
    {
        if (entry.Checksum == 0)
            return;
        var crc = new Crc32();
        byte[] block = new byte[Math.Min(entry.Stored, CheckedBlock)];
        for (long read = 0; read < entry.Stored; read += block.Length)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, entry.Stored - read));
            _file.Read(entry.Offset + read, part);
            crc.Append(part);
        }
        Require(entry, crc.Value);
    }

    private void Require(ZipEntry entry, uint found)
    {
        if (entry.Checksum != 0 && found != entry.Checksum)
            throw Error(entry.Offset, $"begins {entry.Name}, which is damaged: its checksum is {found:x8}, but it was written with {entry.Checksum:x8}");
    }

    // Where the directory lies, found from the end of the file.
    private (long Start, long Length) Directory()
    {
        long tailStart = Math.Max(0, _file.Length - EndLength - MostComment);
        var tail = new byte[_file.Length - tailStart];
        _file.Read(tailStart, tail);
        int end = tail.Length - EndLength;
        while (end >= 0 && (UInt32(tail, end) != EndMark || end + EndLength + UInt16(tail, end + 20) > tail.Length))
            end--;
        if (end < 0)
            throw Error(_file.Length, "ends a zip archive without its directory: the file is cut");
        long length = UInt32(tail, end + 12), start = UInt32(tail, end + 16), before = tailStart + end;
        if (start == uint.MaxValue || length == uint.MaxValue || UInt16(tail, end + 10) == ushort.MaxValue)
            (start, length, before) = Directory64(before) ?? (start, length, before);
        if (start < 0 || length < 0 || length > MostDirectory || start > before || length > before - start)
            throw Error(before, $"says that the directory of the zip archive has {length} bytes from byte {start} on, which are not in the file");
        return (start, length);
    }

    private (long Start, long Length, long Before)? Directory64(long end)
    {
        if (end < LocatorLength)
            return null;
        var locator = new byte[LocatorLength];
        _file.Read(end - LocatorLength, locator);
        if (UInt32(locator, 0) != LocatorMark)
            return null;
        long at = Int64(locator, 8);
        if (at < 0 || at > end - LocatorLength - End64Length)
            throw Error(end - LocatorLength, "points to a directory of 64 bits outside the file");
        var record = new byte[End64Length];
        _file.Read(at, record);
        if (UInt32(record, 0) != End64Mark)
            throw Error(at, "should begin a directory of 64 bits");
        return (Int64(record, 48), Int64(record, 40), at);
    }

    private ZipEntry Entry(byte[] directory, ref int at, long start)
    {
        long place = start + at;
        if (at > directory.Length - RecordLength || UInt32(directory, at) != RecordMark)
            throw Error(place, "should begin an entry of the zip archive's directory");
        int flags = UInt16(directory, at + 8), method = UInt16(directory, at + 10);
        uint checksum = UInt32(directory, at + 16);
        long stored = UInt32(directory, at + 20), length = UInt32(directory, at + 24), local = UInt32(directory, at + 42);
        int name = UInt16(directory, at + 28), extra = UInt16(directory, at + 30), comment = UInt16(directory, at + 32);
        if (at + RecordLength + name + extra + comment > directory.Length)
            throw Error(place, "begins an entry that reaches beyond the zip archive's directory");
        string title = Encoding.UTF8.GetString(directory, at + RecordLength, name);
        Extra64(directory.AsSpan(at + RecordLength + name, extra), ref length, ref stored, ref local);
        at += RecordLength + name + extra + comment;
        if ((flags & 1) != 0)
            throw Error(place, $"has the entry {title}, which is encrypted");
        if (method is not (0 or 8))
            throw Error(place, $"has the entry {title}, which is compressed in a way ({method}) that cannot be read");
        if (local < 0 || stored < 0 || length < 0 || local > start - LocalLength)
            throw Error(place, $"has the entry {title} outside the file");
        var header = new byte[LocalLength];
        _file.Read(local, header);
        if (UInt32(header, 0) != LocalMark)
            throw Error(local, $"should begin the entry {title}");
        long data = local + LocalLength + UInt16(header, 26) + UInt16(header, 28);
        if (data > start || stored > start - data)
            throw Error(data, $"begins the entry {title} of {stored} bytes, which reaches beyond byte {start}, where the directory begins");
        if (method == 0 && stored != length)
            throw Error(place, $"has the entry {title} of {length} bytes, but of {stored} in the archive");
        return new ZipEntry(title, data, stored, length, method == 0, checksum);
    }

    // Sizes that do not fit 32 bits stand in the extra field, in this order, each only where it is needed.
    private static void Extra64(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            int kind = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
                return;
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (kind != 1)
                continue;
            Take(ref length, ref field);
            Take(ref stored, ref field);
            Take(ref local, ref field);
        }

        static void Take(ref long value, ref ReadOnlySpan<byte> field)
        {
            if (value != uint.MaxValue || field.Length < sizeof(long))
                return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[sizeof(long)..];
        }
    }

    private InvalidDataException Error(long at, string problem) => new($"{_file.Path}: byte {at} {ShownText.Of(problem, 300)}");

    private static int UInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static long Int64(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
}
