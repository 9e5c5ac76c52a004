namespace SspNative.Model.Media;

/// <summary>What a program writes, read forwards while it comes.</summary>
/// <param name="fill">Fills a buffer with what comes next; returns how many bytes it was, 0 at the end.</param>
internal sealed class OutputBytes(Func<byte[], int> fill)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _next;
    private int _end;

    /// <summary>Fills the buffer as far as the output goes; returns how many bytes it was.</summary>
    public int Read(Span<byte> buffer)
    {
        int read = 0;
        while (read < buffer.Length && (_next < _end || Fill()))
        {
            int count = Math.Min(buffer.Length - read, _end - _next);
            _buffer.AsSpan(_next, count).CopyTo(buffer[read..]);
            _next += count;
            read += count;
        }
        return read;
    }

    /// <summary>The next byte, or −1 at the end.</summary>
    public int ReadByte() => _next < _end || Fill() ? _buffer[_next++] : -1;

    /// <summary>All that is left of the output, at most so many bytes.</summary>
    public byte[] ReadToEnd(long most)
    {
        var bytes = new MemoryStream();
        while (bytes.Length < most && (_next < _end || Fill()))
        {
            int count = (int)Math.Min(_end - _next, most - bytes.Length);
            bytes.Write(_buffer, _next, count);
            _next += count;
        }
        return bytes.ToArray();
    }

    private bool Fill()
    {
        _next = 0;
        _end = fill(_buffer);
        return _end > 0;
    }
}
