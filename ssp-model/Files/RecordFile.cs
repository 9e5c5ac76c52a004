namespace SspNative.Model.Files;

/// <summary>
/// Records of one size in a temporary file, for what is read more than once and would not fit into memory: appended in order, read in any. The
/// file is gone when this is disposed, and where the system allows it also when the process is killed.
/// </summary>
internal sealed class RecordFile : IDisposable
{
    private readonly FileStream _file;
    private readonly int _length;

    /// <param name="length">Bytes of a record.</param>
    /// <exception cref="IOException">The folder for temporary files cannot be written.</exception>
    public RecordFile(int length)
    {
        _length = length;
        string path = Path.Combine(Path.GetTempPath(), $"ssp-{Guid.NewGuid():N}.tmp");
        FileOptions atEnd = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, atEnd);
        // Without a name, the file is the process's alone and goes with it.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
    }

    /// <summary>Records so far.</summary>
    public int Count { get; private set; }

    /// <exception cref="IOException">There is no room.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        Check(record.Length);
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, record, (long)Count * _length);
        }
        catch (IOException e)
        {
            throw new IOException($"{Path.GetTempPath()}: no room for {(long)(Count + 1) * _length / 1048576} MB of temporary data: {e.Message}", e);
        }
        Count++;
    }

    public void Read(int index, Span<byte> record)
    {
        Check(record.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        for (int read = 0; read < record.Length;)
        {
            int more = RandomAccess.Read(_file.SafeFileHandle, record[read..], (long)index * _length + read);
            if (more == 0)
                throw new IOException($"{Path.GetTempPath()}: temporary data are shorter than they were written");
            read += more;
        }
    }

    public void Dispose() => _file.Dispose();

    private void Check(int length)
    {
        if (length != _length)
            throw new ArgumentException($"a record has {_length} bytes, not {length}");
    }
}
