using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SspNative.Model.Media;

/// <summary>What is said where a program is missing.</summary>
/// <param name="What">What needs it.</param>
/// <param name="Package">What to install.</param>
/// <param name="Instead">What to do without.</param>
internal sealed record ProgramNeed(string What, string Package, string Instead)
{
    /// <summary>That of ffmpeg and ffprobe.</summary>
    public static ProgramNeed OfFfmpeg(string what, string instead) =>
        new(what, "ffmpeg (apt install ffmpeg, brew install ffmpeg or winget install ffmpeg)", instead);
}

/// <summary>
/// A run of <c>ffmpeg</c>, <c>ffprobe</c> or another program on a local file. A program that neither reads nor writes for too long is stopped: 60 s, or the
/// seconds that <c>SSP_MEDIA_TIMEOUT</c> names. Disposing ends it.
/// </summary>
internal abstract partial class WatchedProgram : IDisposable
{
    private const string TimeoutVariable = "SSP_MEDIA_TIMEOUT";
    private const double DefaultPatience = 60;

    private const string Formats = "mov,matroska,avi,gif,mpeg,mpegts,mpegvideo,asf,flv,rm,mxf,nut,ogg,ivf,dv,h264,hevc,m4v,av1,obu,mjpeg,apng,"
        + "wav,w64,mp3,flac,aac,ac3,eac3,aiff,caf,amr,au,wv,ape,tta,dts";

    /// <summary>The most that is kept of what the program says on standard error, and shown of its first line.</summary>
    private const int MostErrors = 4096, MostShown = 200;

    // What ffmpeg says of a file that From does not let it open.
    private const string RefusedFormat = "Format not on whitelist";

    private readonly string _program;
    private readonly string _path;
    private readonly TimeSpan _patience;
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Timer _watch;
    private volatile bool _stalled;

    /// <param name="program">Its name.</param>
    /// <param name="path">The file that it reads or writes, for messages.</param>
    /// <param name="pause">Seconds that it may take longer than usual between two blocks.</param>
    /// <param name="need">What is said where the program is missing.</param>
    /// <param name="arguments">All its arguments.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    private protected WatchedProgram(string program, string path, double pause, ProgramNeed need, IEnumerable<string> arguments)
    {
        _program = program;
        _path = path;
        _patience = TimeSpan.FromSeconds(Patience() + pause);
        _process = Start(program, need, arguments);
        _errors = ReadErrors(_process.StandardError);
        _watch = new Timer(_ => Stall());
    }

    private protected Stream Output => _process.StandardOutput.BaseStream;

    private protected Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Runs an exchange with the program, which is stopped if that takes too long.</summary>
    /// <exception cref="InputException">It took too long.</exception>
    private protected T Watched<T>(Func<T> exchange)
    {
        _watch.Change(_patience, Timeout.InfiniteTimeSpan);
        try
        {
            T result = exchange();
            return _stalled ? throw Stalled() : result;
        }
        catch (IOException) when (_stalled)
        {
            throw Stalled();
        }
        finally
        {
            _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Waits for the end of the program, whose part is done; whether it ended well.</summary>
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
        string line = _path.Length == 0 ? all.Split('\n', 2)[0] : all.Split('\n', 2)[0].Replace(FileUrl(_path), "", StringComparison.Ordinal);
        line = LogPrefix().Replace(line, "").Trim(' ', ':', '\r');
        if (line.StartsWith(RefusedFormat, StringComparison.Ordinal))
            return " (it is in none of the formats that are read)";
        line = string.Concat(line.Take(MostShown).Where(c => !char.IsControl(c)));
        return line.Length == 0 ? "" : $" ({line})";
    }

    public virtual void Dispose()
    {
        _watch.Dispose();
        Kill();
        _process.WaitForExit(TimeSpan.FromSeconds(DefaultPatience));
        // A process leaves streams that were used to the garbage collector: pipes of hundreds of clips until then.
        Close(Input);
        Output.Dispose();
        _process.Dispose();
    }

    private static void Close(Stream input)
    {
        try
        {
            input.Dispose();
        }
        catch (IOException)
        {
            // Whoever should have read the rest is gone.
        }
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
        using (reader)
            for (int count; (count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
                kept.Append(buffer, 0, Math.Min(count, MostErrors - kept.Length));
        return kept.ToString();
    }

    private static Process Start(string program, ProgramNeed need, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InputException(
                $"{need.What} needs the program {program}, which was not found: install {need.Package}, or {need.Instead}", e);
        }
    }

    /// <summary>Spelled so that no file name can be taken for an option or another protocol.</summary>
    private protected static string FileUrl(string path) => "file:" + Path.GetFullPath(path);

    /// <summary>
    /// The arguments by which a program reads a file. Only local files of formats that hold their own content are opened: a playlist must not make it reach
    /// out to the network, nor read other files of this machine.
    /// </summary>
    internal static string[] From(string path) => ["-protocol_whitelist", "file,pipe", "-format_whitelist", Formats, "-i", FileUrl(path)];

    [GeneratedRegex(@"^\[[^\]]*\]")]
    private static partial Regex LogPrefix();
}
