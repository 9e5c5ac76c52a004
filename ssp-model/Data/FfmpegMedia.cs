using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SspNative.Model.Data;

/// <summary>What a video file holds. Seconds is the length of its picture track.</summary>
public sealed record VideoInfo(double Seconds, bool HasAudio)
{
    /// <summary>Frames at a sampling rate: the length times the rate, rounded, and at least one; 5.08 s at 1 fps are 5.</summary>
    public int FrameCount(double framesPerSecond) => Math.Max(1, (int)Math.Round(Seconds * framesPerSecond));
}

/// <summary>
/// Reads videos through the programs <c>ffprobe</c> and <c>ffmpeg</c>, which must be on the PATH. Only local files are opened:
/// a playlist cannot make them reach out to the network.
/// </summary>
public static partial class FfmpegMedia
{
    /// <summary>Where in its interval a frame is taken: AVSBench keeps the last of 16 samples of each second.</summary>
    private const double SamplePosition = 15.0 / 16;

    /// <exception cref="InputException">The file is missing or no video, or ffprobe is not installed.</exception>
    public static VideoInfo Probe(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file");
        using Process process = Start(
            "ffprobe", path, "-of", "json",
            "-show_entries", "stream=codec_type,duration:stream_disposition=attached_pic:format=duration");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string json = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InputException($"{path}: not a video that ffmpeg can read{FirstLine(errors.Result, path)}");
        return ReadInfo(JsonDocument.Parse(json).RootElement, path);
    }

    /// <summary>
    /// Frames of a video at its own resolution, read one by one while they are asked for. Frame k stands for the time from
    /// k/fps to (k+1)/fps and shows what is seen 15/16 into it, which at 1 fps is AVSBench's sampling. There are
    /// exactly <see cref="VideoInfo.FrameCount"/>: the last picture serves again if the length was rounded up.
    /// </summary>
    /// <exception cref="InputException">The pictures cannot be decoded, or ffmpeg is not installed.</exception>
    public static IEnumerable<Image> Frames(string path, VideoInfo info, double framesPerSecond)
    {
        int count = info.FrameCount(framesPerSecond);
        string delay = (SamplePosition / framesPerSecond).ToString("R", CultureInfo.InvariantCulture);
        string rate = framesPerSecond.ToString("R", CultureInfo.InvariantCulture);
        // Frames come as PPM pictures because those say their own size, which a rotated video changes.
        using Process process = Start(
            "ffmpeg", path, "-map", "0:V:0",
            "-vf", $"setpts=PTS-{delay}/TB,fps=fps={rate}:start_time=0:round=up",
            "-sws_flags", "accurate_rnd+full_chroma_int", "-frames:v", $"{count}", "-f", "image2pipe", "-c:v", "ppm", "pipe:1");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            using var stream = new BufferedStream(process.StandardOutput.BaseStream, 1 << 16);
            Image? last = null;
            int read = 0;
            while (read < count && ReadPpm(stream, path) is { } frame)
            {
                last = frame;
                read++;
                yield return frame;
            }
            if (last is null)
                throw new InputException($"{path}: no frames could be decoded{FirstLine(errors.Result, path)}");
            if (read < count - 1)
                throw new InputException($"{path}: the video breaks off after {read} of {count} frames{FirstLine(errors.Result, path)}");
            if (read < count)
                yield return last;
        }
        finally
        {
            Stop(process);
        }
    }

    /// <summary>
    /// The sound of a video as mono in −1…1, starting when the video starts. It is decoded to 16 bits first, as the models'
    /// front end expects, which also makes ffmpeg mix channels without raising their level.
    /// </summary>
    /// <exception cref="InputException">There is no sound, it cannot be decoded, or ffmpeg is not installed.</exception>
    public static float[] Audio(string path, VideoInfo info, int sampleRate)
    {
        using ProfilerSpan span = Profiler.Module("decode sound");
        if (!info.HasAudio)
            throw new InputException($"{path}: the video has no audio track");
        using Process process = Start(
            "ffmpeg", path, "-map", "0:a:0", "-ac", "1",
            "-af", $"aresample={sampleRate}:async=1:first_pts=0", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        var bytes = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(bytes);
        process.WaitForExit();
        if (bytes.Length < 2)
            throw new InputException($"{path}: no sound could be decoded{FirstLine(errors.Result, path)}");
        ReadOnlySpan<short> samples = MemoryMarshal.Cast<byte, short>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        float[] sound = new float[samples.Length];
        for (int i = 0; i < sound.Length; i++)
            sound[i] = samples[i] / 32768f;
        return sound;
    }

    private static VideoInfo ReadInfo(JsonElement probe, string path)
    {
        JsonElement? video = null;
        bool hasAudio = false;
        foreach (JsonElement stream in probe.GetProperty("streams").EnumerateArray())
        {
            string? type = stream.TryGetProperty("codec_type", out JsonElement t) ? t.GetString() : null;
            hasAudio |= type == "audio";
            bool isCover = stream.TryGetProperty("disposition", out JsonElement d)
                && d.TryGetProperty("attached_pic", out JsonElement attached) && attached.GetInt32() == 1;
            if (type == "video" && !isCover)
                video ??= stream;
        }
        if (video is null)
            throw new InputException($"{path}: the file has no video track");
        double? seconds = Duration(video.Value) ?? (probe.TryGetProperty("format", out JsonElement format) ? Duration(format) : null);
        if (seconds is not > 0)
            throw new InputException($"{path}: not a video, or one of unknown length");
        return new VideoInfo(seconds.Value, hasAudio);
    }

    private static double? Duration(JsonElement element) =>
        element.TryGetProperty("duration", out JsonElement text)
        && double.TryParse(text.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : null;

    /// <summary>The next picture of a stream of binary PPM pictures, or null at its end.</summary>
    private static Image? ReadPpm(Stream stream, string path)
    {
        string magic = ReadWord(stream);
        if (magic.Length == 0)
            return null;
        bool valid = int.TryParse(ReadWord(stream), out int width) & int.TryParse(ReadWord(stream), out int height);
        if (magic != "P6" || !valid || ReadWord(stream) != "255")
            throw new InputException($"{path}: ffmpeg sent something that is no picture");
        var image = new Image(width, height);
        if (stream.ReadAtLeast(image.Rgb, image.Rgb.Length, throwOnEndOfStream: false) < image.Rgb.Length)
            throw new InputException($"{path}: the video ends within a frame");
        return image;
    }

    /// <summary>Reads up to and with the next white space.</summary>
    private static string ReadWord(Stream stream)
    {
        var word = new StringBuilder();
        for (int b = stream.ReadByte(); b > ' '; b = stream.ReadByte())
            word.Append((char)b);
        return word.ToString();
    }

    /// <summary>Starts a program on a local file, with what follows the input among its arguments.</summary>
    private static Process Start(string program, string path, params string[] arguments)
    {
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

    /// <summary>Ends a program whose remaining frames nobody wants.</summary>
    private static void Stop(Process process)
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
    }

    /// <summary>What the program said first, without "[part of ffmpeg @ address]", as the end of a one-line message.</summary>
    private static string FirstLine(string errors, string path)
    {
        string line = errors.Split('\n', 2)[0].Replace(FileUrl(path), "", StringComparison.Ordinal);
        line = LogPrefix().Replace(line, "").Trim(' ', ':', '\r');
        return line.Length == 0 ? "" : $" ({line})";
    }

    [GeneratedRegex(@"^\[[^\]]*\]")]
    private static partial Regex LogPrefix();
}
