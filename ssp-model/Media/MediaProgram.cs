using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SspNative.Model.Media;

/// <summary>
/// A run of <c>ffmpeg</c> or <c>ffprobe</c> on a local file, whose output is read while it comes. A program that writes nothing
/// for too long is stopped: 60 s, or the seconds that <c>SSP_MEDIA_TIMEOUT</c> names. Disposing ends it.
/// </summary>
internal sealed partial class MediaProgram : IDisposable
{
    private const string TimeoutVariable = "SSP_MEDIA_TIMEOUT";
    private const double DefaultPatience = 60;

    /// <summary>The most that is kept of what the program says on standard error, and shown of its first line.</summary>
    private const int MostErrors = 4096, MostShown = 200;

    private readonly string _program;
    private readonly string _path;
    private readonly TimeSpan _patience;
    private readonly Process _process;
    private readonly Stream _output;
    private readonly Task<string> _errors;
    private readonly Timer _watch;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _next;
    private int _end;
    private volatile bool _stalled;

    /// <param name="path">The file it reads.</param>
    /// <param name="pause">Seconds that it may take longer than usual between two outputs.</param>
    /// <param name="arguments">What follows the input among its arguments.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    public MediaProgram(string program, string path, double pause, params string[] arguments)
    {
        _program = program;
        _path = path;
        _patience = TimeSpan.FromSeconds(Patience() + pause);
        _process = Start(program, path, arguments);
        _output = _process.StandardOutput.BaseStream;
        _errors = ReadErrors(_process.StandardError);
        _watch = new Timer(_ => Stall());
    }

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

    /// <summary>Waits for the end of the program, whose output has ended; whether it ended well.</summary>
    /// <exception cref="InputException">It does not end.</exception>
    public bool EndsWell()
    {
        if (!_process.WaitForExit(_patience))
            throw Stalled();
        return _process.ExitCode == 0;
    }

    /// <summary>What the program said first, without "[part of ffmpeg @ address]", as the end of a one-line message.</summary>
    public string FirstError()
    {
        string all = _errors.Wait(_patience) ? _errors.Result : "";
        string line = all.Split('\n', 2)[0].Replace(FileUrl(_path), "", StringComparison.Ordinal);
        line = LogPrefix().Replace(line, "").Trim(' ', ':', '\r');
        line = string.Concat(line.Take(MostShown).Where(c => !char.IsControl(c)));
        return line.Length == 0 ? "" : $" ({line})";
    }

    public void Dispose()
    {
        _watch.Dispose();
        Kill();
        _process.WaitForExit(TimeSpan.FromSeconds(DefaultPatience));
        _process.Dispose();
    }

    private bool Fill()
    {
        _watch.Change(_patience, Timeout.InfiniteTimeSpan);
        _next = 0;
        _end = _output.Read(_buffer);
        _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return _stalled ? throw Stalled() : _end > 0;
    }

    private void Stall()
    {
        _stalled = true;
        Kill();
    }

    private void Kill()
    {
        try
        {
            // With all it started: a child that keeps the pipe open would keep the reader waiting.
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile.
        }
    }

    private InputException Stalled() => new(
        $"{_path}: {_program} wrote nothing for {_patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s and was stopped; "
        + $"{TimeoutVariable}=SECONDS waits longer");

    private static double Patience()
    {
        string? text = Environment.GetEnvironmentVariable(TimeoutVariable);
        if (string.IsNullOrEmpty(text))
            return DefaultPatience;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 86400
            ? seconds
            : throw new InputException($"{TimeoutVariable} must be a number of seconds from above 0 to 86400, not \"{text}\"");
    }

    /// <summary>Reads all so that the program never waits, and keeps the beginning.</summary>
    private static async Task<string> ReadErrors(StreamReader reader)
    {
        var kept = new StringBuilder();
        char[] buffer = new char[MostErrors];
        for (int count; (count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            kept.Append(buffer, 0, Math.Min(count, MostErrors - kept.Length));
        return kept.ToString();
    }

    private static Process Start(string program, string path, string[] arguments)
    {
        // Only local files are opened: a playlist must not make it reach out to the network.
        string[] input = ["-v", "error", "-protocol_whitelist", "file,pipe", "-i", FileUrl(path)];
        var start = new ProcessStartInfo(program, [.. input, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new InputException(
                $"reading videos needs the program {program}, which was not found: install ffmpeg (apt install ffmpeg, "
                + "brew install ffmpeg or winget install ffmpeg), or pass a folder with frames/ and audio.wav",
                e);
        }
    }

    /// <summary>Spelled so that no file name can be taken for an option or another protocol.</summary>
    private static string FileUrl(string path) => "file:" + Path.GetFullPath(path);

    [GeneratedRegex(@"^\[[^\]]*\]")]
    private static partial Regex LogPrefix();
}
