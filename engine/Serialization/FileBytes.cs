namespace SspNative.Engine.Serialization;

/// <summary>The bytes of an open regular file, read at any place.</summary>
internal sealed class FileBytes : IDisposable
{
    private readonly FileStream _stream;

    /// <exception cref="InvalidDataException">It is no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public FileBytes(string path)
    {
        Path = path;
        _stream = RegularFile.Open(path);
        Length = _stream.Length;
    }

    public string Path { get; }

    /// <summary>The length when it was opened.</summary>
    public long Length { get; }

    /// <summary>Fills a span from an offset on.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter meanwhile.</exception>
    public void Read(long offset, Span<byte> bytes)
    {
        for (int read = 0; read < bytes.Length;)
        {
            int count = RandomAccess.Read(_stream.SafeFileHandle, bytes[read..], offset + read);
            if (count == 0)
                throw new InvalidDataException($"{Path}: the file has become shorter while it was read: it ends at byte {offset + read}");
            read += count;
        }
    }

    /// <summary>The first bytes, fewer where the file has fewer.</summary>
    public byte[] Start(int most)
    {
        var start = new byte[Math.Min(most, Length)];
        Read(0, start);
        return start;
    }

    public void Dispose() => _stream.Dispose();
}
