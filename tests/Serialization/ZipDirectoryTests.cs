using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SspNative.Engine.Serialization;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>A zip archive's directory is believed in nothing: each number in it is compared with the file.</summary>
public sealed class ZipDirectoryTests : IDisposable
{
    private const int LocalLength = 30, RecordLength = 46;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EntriesAreWhereTheDirectorySays()
    {
        var zip = new RawZip().Add("a", "first"u8).Add("folder/b", "second"u8, deflates: true).Add("c", []);
        using FileBytes file = File(zip.Bytes("a comment"));
        var directory = new ZipDirectory(file);
        Assert.Equal(["a", "c", "folder/b"], directory.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new ZipEntry("a", LocalLength + 1, 5, 5, true, Crc32.Compute("first"u8)), directory.Entries["a"]);
        Assert.Equal((6L, false), (directory.Entries["folder/b"].Length, directory.Entries["folder/b"].IsPlain));
        foreach ((string name, string content) in ((string, string)[])[("a", "first"), ("folder/b", "second"), ("c", "")])
            Assert.Equal(content, Encoding.UTF8.GetString(directory.Read(directory.Entries[name], 10)));
        directory.Check(directory.Entries["a"]);
        ZipEntry b = directory.Entries["folder/b"];
        Assert.Equal(
            $"byte {b.Offset} begins folder/b, which unpacks to 6 bytes, more than the 5 that are read", Refused(() => directory.Read(b, 5)));
        // Compressed it is longer.
        Assert.Contains("more than the 7 that are read", Refused(() => directory.Read(b, 7)));
    }

    [Fact]
    public void WhatUnpacksToMoreThanIsReadIsRefused()
    {
        using FileBytes file = File(new RawZip().Add("a", new byte[1000], deflates: true).Bytes());
        var directory = new ZipDirectory(file);
        Assert.Contains("unpacks to 1000 bytes, more than the 999", Refused(() => directory.Read(directory.Entries["a"], 999)));
        Assert.Equal(new byte[1000], directory.Read(directory.Entries["a"], 1000));
    }

    [Fact]
    public void AnArchiveMayBeEmpty()
    {
        using FileBytes file = File(new RawZip().Bytes());
        Assert.Empty(new ZipDirectory(file).Entries);
    }

    // A comment is as long as two bytes say, and the mark of the end may be in it.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65535)]
    public void ADirectoryIsFoundBeforeAComment(int length)
    {
        byte[] bytes = new RawZip().Add("a", "first"u8).Bytes(new string('x', length));
        using (FileBytes file = File(bytes))
            Assert.Single(new ZipDirectory(file).Entries);
        using FileBytes longer = File([.. bytes, .. new byte[65536]]);
        Assert.Equal(
            length > 0 ? $"byte {bytes.Length + 65536} ends a zip archive without its directory: the file is cut" : "none",
            length > 0 ? Refused(() => _ = new ZipDirectory(longer)) : "none");
        using FileBytes cut = File(bytes[..^(length + 1)]);
        Assert.Equal($"byte {bytes.Length - length - 1} ends a zip archive without its directory: the file is cut", Refused(() => _ = new ZipDirectory(cut)));
    }

    // A number of the directory's record or of an entry's, by its place from the record's first byte.
    [Theory]
    [InlineData(0, 0, "byte {record} should begin an entry of the zip archive's directory")]
    [InlineData(8, 1, "byte {record} has the entry a, which is encrypted")]
    [InlineData(10, 9, "byte {record} has the entry a, which is compressed in a way (9) that cannot be read")]
    [InlineData(20, 4, "byte {record} has the entry a of 5 bytes, but of 4 in the archive")]
    [InlineData(24, 6, "byte {record} has the entry a of 6 bytes, but of 5 in the archive")]
    [InlineData(28, 100, "byte {record} begins an entry that reaches beyond the zip archive's directory")]
    [InlineData(30, 100, "byte {record} begins an entry that reaches beyond the zip archive's directory")]
    [InlineData(32, 100, "byte {record} begins an entry that reaches beyond the zip archive's directory")]
    [InlineData(42, 5, "byte 5 should begin the entry a")]
    [InlineData(42, 7000, "byte {record} has the entry a outside the file")]
    public void AnEntryThatIsNotInTheFileIsRefused(int field, int value, string told)
    {
        RawZip zip = new RawZip().Add("a", "first"u8);
        byte[] bytes = zip.Bytes();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(zip.Start + field), (ushort)value);
        using FileBytes file = File(bytes);
        Assert.Equal(told.Replace("{record}", $"{zip.Start}", StringComparison.Ordinal), Refused(() => _ = new ZipDirectory(file)));
    }

    [Fact]
    public void AnEntryEndsBeforeTheDirectory()
    {
        RawZip zip = new RawZip().Add("a", "first"u8);
        foreach (int more in (int[])[0, 1])
        {
            byte[] bytes = zip.Bytes();
            foreach (int size in (int[])[20, 24])
                bytes[zip.Start + size] = (byte)(5 + more);
            using FileBytes file = File(bytes);
            if (more == 0)
                Assert.Single(new ZipDirectory(file).Entries);
            else
                Assert.Equal(
                    $"byte 31 begins the entry a of 6 bytes, which reaches beyond byte {zip.Start}, where the directory begins",
                    Refused(() => _ = new ZipDirectory(file)));
            // The local header's own lengths of name and extra field.
            bytes = zip.Bytes();
            bytes[26] = (byte)(1 + more);
            using FileBytes moved = File(bytes);
            if (more == 1)
                Assert.Contains("byte 32 begins the entry a of 5 bytes, which reaches beyond", Refused(() => _ = new ZipDirectory(moved)));
            bytes[26] = 1;
            bytes[28] = 200;
            using FileBytes far = File(bytes);
            Assert.Contains("byte 231 begins the entry a of 5 bytes, which reaches beyond", Refused(() => _ = new ZipDirectory(far)));
        }
    }

    [Fact]
    public void NoTwoEntriesShareANameOrABytes()
    {
        RawZip twice = new RawZip().Add("a", "first"u8).Add("a", "other"u8);
        using (FileBytes file = File(twice.Bytes()))
            Assert.Equal($"byte {twice.Start + 2 * (RecordLength + 1)} has the entry a a second time", Refused(() => _ = new ZipDirectory(file)));
        RawZip two = new RawZip().Add("a", "first"u8).Add("b", "other"u8);
        byte[] bytes = two.Bytes();
        // b's header lies where a's is, and its data with it.
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(two.Start + RecordLength + 1 + 42), 0);
        using FileBytes shared = File(bytes);
        Assert.Matches("^byte 31 begins the entry [ab] inside the one before it$", Refused(() => _ = new ZipDirectory(shared)));
    }

    [Theory]
    [InlineData(12, 1_000_000)]
    [InlineData(16, 1_000_000)]
    public void ADirectoryOutsideTheFileIsRefused(int field, int value)
    {
        RawZip zip = new RawZip().Add("a", "first"u8);
        byte[] bytes = zip.Bytes();
        int end = bytes.Length - 22;
        (int length, int start) = (field == 12 ? value : end - zip.Start, field == 16 ? value : zip.Start);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(end + field), value);
        using FileBytes file = File(bytes);
        Assert.Equal(
            $"byte {end} says that the directory of the zip archive has {length} bytes from byte {start} on, which are not in the file",
            Refused(() => _ = new ZipDirectory(file)));
    }

    // Each of the three is in the extra field only where 32 bits are not enough for it; of another kind are fields before and behind.
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public void SizesOf64BitsAreRead(bool length, bool stored, bool local)
    {
        RawZip zip = new RawZip { Large = (length, stored, local) }.Add("z", "zero"u8).Add("a", "first"u8);
        using FileBytes file = File(zip.Bytes());
        var directory = new ZipDirectory(file);
        Assert.Equal("first"u8.ToArray(), directory.Read(directory.Entries["a"], 5));
        Assert.Equal((5L, 5L), (directory.Entries["a"].Length, directory.Entries["a"].Stored));
    }

    [Fact]
    public void ADirectoryOf64BitsIsFoundByItsLocator()
    {
        RawZip zip = new RawZip { Is64 = true }.Add("a", "first"u8);
        byte[] bytes = zip.Bytes();
        using (FileBytes file = File(bytes))
            Assert.Equal("first"u8.ToArray(), new ZipDirectory(file).Read(new ZipDirectory(file).Entries["a"], 5));
        int locator = bytes.Length - 22 - 20, record = locator - 56;
        Assert.Equal($"byte {locator} points to a directory of 64 bits outside the file", With(locator + 8, record + 1));
        Assert.Equal($"byte {locator} points to a directory of 64 bits outside the file", With(locator + 8, -1));
        Assert.Equal($"byte {record - 1} should begin a directory of 64 bits", With(locator + 8, record - 1));
        Assert.Equal(
            $"byte {record} says that the directory of the zip archive has {record} bytes from byte {zip.Start} on, which are not in the file",
            With(record + 40, record));
        Assert.Equal(
            $"byte {record} says that the directory of the zip archive has {record - zip.Start} bytes from byte {record} on, which are not in the file",
            With(record + 48, record));
        Assert.Contains("has -1 bytes from byte", With(record + 40, -1));
        Assert.Contains("bytes from byte -1 on", With(record + 48, -1));
        // Without a locator the numbers are those of 32 bits.
        Assert.Contains("has 4294967295 bytes from byte 4294967295 on", With(locator, 0));

        string With(int at, long value)
        {
            byte[] changed = [.. bytes];
            BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(at), value);
            using FileBytes file = File(changed);
            return Refused(() => _ = new ZipDirectory(file));
        }
    }

    [Fact]
    public void WhatIsDamagedIsFoundByItsChecksum()
    {
        // More than is looked at in one piece.
        byte[] data = new byte[(1 << 20) + 100];
        new Random(1).NextBytes(data);
        foreach (int at in (int[])[0, (1 << 20) - 1, 1 << 20, data.Length - 1])
        {
            byte[] bytes = new RawZip().Add("a", data).Bytes();
            using (FileBytes sound = File(bytes))
                new ZipDirectory(sound).Check(new ZipDirectory(sound).Entries["a"]);
            bytes[LocalLength + 1 + at] ^= 1;
            using FileBytes file = File(bytes);
            var directory = new ZipDirectory(file);
            string told = $"begins a, which is damaged: its checksum is {Crc32.Compute(bytes.AsSpan(LocalLength + 1, data.Length)):x8}, "
                + $"but it was written with {Crc32.Compute(data):x8}";
            Assert.Equal($"byte 31 {told}", Refused(() => directory.Check(directory.Entries["a"])));
            Assert.Equal($"byte 31 {told}", Refused(() => directory.Read(directory.Entries["a"], data.Length)));
        }
    }

    [Fact]
    public void WithoutAChecksumNothingIsCompared()
    {
        using FileBytes file = File(new RawZip { HasChecksums = false }.Add("a", "first"u8).Add("b", "other"u8, deflates: true).Bytes());
        var directory = new ZipDirectory(file);
        directory.Check(directory.Entries["a"]);
        Assert.Equal("first"u8.ToArray(), directory.Read(directory.Entries["a"], 5));
        Assert.Equal("other"u8.ToArray(), directory.Read(directory.Entries["b"], 100));
    }

    [Theory]
    [InlineData(24, 1)]
    [InlineData(24, 200)]
    [InlineData(20, 1)]
    public void CompressedDataThatAreNotThoseAnnouncedAreDamaged(int field, byte value)
    {
        RawZip zip = new RawZip().Add("a", Encoding.ASCII.GetBytes(new string('a', 50)), deflates: true);
        byte[] bytes = zip.Bytes();
        bytes[zip.Start + field] = value;
        using FileBytes file = File(bytes);
        var directory = new ZipDirectory(file);
        Assert.Equal("byte 31 begins a, whose compressed data are damaged", Refused(() => directory.Read(directory.Entries["a"], 1000)));
    }

    private FileBytes File(byte[] bytes)
    {
        string path = _folder[$"{Guid.NewGuid():N}.zip"];
        System.IO.File.WriteAllBytes(path, bytes);
        return new FileBytes(path);
    }

    private static string Refused(Action open)
    {
        string message = Assert.Throws<InvalidDataException>(open).Message;
        return message[(message.IndexOf(".zip: ", StringComparison.Ordinal) + ".zip: ".Length)..];
    }

    /// <summary>Writes archives by hand.</summary>
    private sealed class RawZip
    {
        private readonly List<byte> _data = [], _records = [];
        private int _count;

        public bool Is64 { get; init; }

        public bool HasChecksums { get; init; } = true;

        /// <summary>Which numbers stand in the extra field: length, stored length, place.</summary>
        public (bool Length, bool Stored, bool Local) Large { get; init; }

        /// <summary>Where the directory begins.</summary>
        public int Start => _data.Count;

        public RawZip Add(string name, ReadOnlySpan<byte> content, bool deflates = false)
        {
            byte[] stored = deflates ? Deflated(content.ToArray()) : content.ToArray(), title = Encoding.UTF8.GetBytes(name);
            uint checksum = HasChecksums ? Crc32.Compute(content) : 0;
            int local = _data.Count;
            _data.AddRange([.. Int32(0x04034B50), .. Int16(20), .. Int16(0), .. Int16(deflates ? 8 : 0), .. Int32(0), .. Int32((int)checksum)]);
            _data.AddRange([.. Int32(stored.Length), .. Int32(content.Length), .. Int16(title.Length), .. Int16(0), .. title, .. stored]);
            byte[] large =
            [
                .. Large.Length ? Int64(content.Length) : [], .. Large.Stored ? Int64(stored.Length) : [], .. Large.Local ? Int64(local) : [],
            ];
            byte[] before = [.. Int16(7), .. Int16(8), .. new byte[8]], behind = [.. Int16(8), .. Int16(0)];
            byte[] extra = large.Length == 0 ? [] : [.. before, .. Int16(1), .. Int16(large.Length), .. large, .. behind];
            _records.AddRange([.. Int32(0x02014B50), .. Int16(20), .. Int16(20), .. Int16(0), .. Int16(deflates ? 8 : 0), .. Int32(0)]);
            _records.AddRange(Int32((int)checksum));
            _records.AddRange([.. Int32(Large.Stored ? -1 : stored.Length), .. Int32(Large.Length ? -1 : content.Length)]);
            _records.AddRange([.. Int16(title.Length), .. Int16(extra.Length), .. Int16(0), .. Int16(0), .. Int16(0), .. Int32(0)]);
            _records.AddRange([.. Int32(Large.Local ? -1 : local), .. title, .. extra]);
            _count++;
            return this;
        }

        public byte[] Bytes(string comment = "")
        {
            byte[] large = Is64
                ?
                [
                    .. Int32(0x06064B50), .. Int64(44), .. Int16(45), .. Int16(45), .. Int32(0), .. Int32(0), .. Int64(_count), .. Int64(_count),
                    .. Int64(_records.Count), .. Int64(Start), .. Int32(0x07064B50), .. Int32(0), .. Int64(Start + _records.Count), .. Int32(1),
                ]
                : [];
            return
            [
                .. _data, .. _records, .. large, .. Int32(0x06054B50), .. Int16(0), .. Int16(0), .. Int16(_count), .. Int16(_count),
                .. Int32(Is64 ? -1 : _records.Count), .. Int32(Is64 ? -1 : Start), .. Int16(comment.Length), .. Encoding.ASCII.GetBytes(comment),
            ];
        }

        private static byte[] Deflated(byte[] content)
        {
            using var stream = new MemoryStream();
            using (var deflate = new DeflateStream(stream, CompressionLevel.Optimal))
                deflate.Write(content);
            return stream.ToArray();
        }

        private static byte[] Int16(int value) => BitConverter.GetBytes((short)value);

        private static byte[] Int32(int value) => BitConverter.GetBytes(value);

        private static byte[] Int64(long value) => BitConverter.GetBytes(value);
    }
}
