namespace SspNative.Model.Media;

/// <summary>A run of <c>ffmpeg</c> or <c>ffprobe</c> on a local file, whose output is read while it comes.</summary>
internal sealed class MediaProgram : WatchedProgram
{
    private static readonly ProgramNeed _need = ProgramNeed.OfFfmpeg("reading videos", "pass a folder with frames/ and audio.wav");

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _next;
    private int _end;

    /// <param name="program">Its name.</param>
    /// <param name="path">The file it reads.</param>
    /// <param name="pause">Seconds that it may take longer than usual between two outputs.</param>
    /// <param name="arguments">What follows the input among its arguments.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    public MediaProgram(string program, string path, double pause, params string[] arguments)
        : base(program, path, pause, _need, ["-v", "error", .. From(path), .. arguments]) => Input.Close();

    /// <summary>A run without a file.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">All its arguments.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    public MediaProgram(string program, string[] arguments)
        : base(program, "", 0, _need, arguments) => Input.Close();

    /// <summary>Fills the buffer as far as the output goes; returns how many bytes it was.</summary>
    /// <exception cref="InputException">Nothing came for too long.</exception>
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
    /// <exception cref="InputException">Nothing came for too long.</exception>
    public int ReadByte() => _next < _end || Fill() ? _buffer[_next++] : -1;

    /// <summary>All that is left of the output, at most so many bytes.</summary>
    /// <exception cref="InputException">Nothing came for too long.</exception>
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
        _end = Watched(() => Output.Read(_buffer));
        return _end > 0;
    }
}
