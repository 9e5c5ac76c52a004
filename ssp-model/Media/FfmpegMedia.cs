using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SspNative.Model.Files;

namespace SspNative.Model.Media;

/// <summary>
/// Reads videos through the programs <c>ffprobe</c> and <c>ffmpeg</c>, which must be on the PATH. Only local files are opened:
/// a playlist cannot make them reach out to the network. What they write is checked as any other input.
/// </summary>
public static class FfmpegMedia
{
    /// <summary>Where in its interval a frame is taken: AVSBench keeps the last of 16 samples of each second.</summary>
    private const double SamplePosition = 15.0 / 16;

    internal const string Ffprobe = "ffprobe", Ffmpeg = "ffmpeg";

    /// <summary>The fastest rate that is taken for one: some files tell the rate of their clock.</summary>
    private const double FastestRate = 240;

    /// <summary>The most that is read of ffprobe's answer, which has a line or two for each track.</summary>
    private const int MostProbeBytes = 1 << 20;

    /// <summary>Whether <c>ffmpeg</c> is on the PATH and answers.</summary>
    public static bool IsInstalled
    {
        get
        {
            try
            {
                return VersionOf(Ffmpeg).Length > 0;
            }
            catch (InputException)
            {
                return false;
            }
        }
    }

    /// <summary>What <c>ffmpeg</c> or <c>ffprobe</c> says of itself: "ffmpeg version 7.1".</summary>
    /// <exception cref="InputException">It is not installed or does not answer.</exception>
    public static string VersionOf(string name)
    {
        using var program = new MediaProgram(name, ["-version"]);
        string line = Encoding.UTF8.GetString(program.Bytes.ReadToEnd(MostProbeBytes)).Split('\n')[0].Split(" Copyright")[0].Trim();
        return program.EndsWell() && line.Length is > 0 and < 200 ? line : throw new InputException($"{name} does not tell its version");
    }

    /// <exception cref="InputException">The file is missing or no video, or ffprobe is not installed or does not answer.</exception>
    public static VideoInfo Probe(string path)
    {
        InputFile.Require(path);
        using var program = new MediaProgram(
            Ffprobe, path, 0, "-of", "json",
            "-show_entries", "stream=codec_type,codec_name,pix_fmt,sample_rate,avg_frame_rate,r_frame_rate,duration:stream_tags=DURATION,DURATION-eng"
            + ":stream_disposition=attached_pic:format=duration");
        byte[] json = program.Bytes.ReadToEnd(MostProbeBytes + 1);
        if (json.Length > MostProbeBytes)
            throw new InputException($"{path}: {Ffprobe} answered with more than {MostProbeBytes} bytes");
        if (!program.EndsWell())
            throw new InputException($"{path}: not a video that ffmpeg can read{program.FirstError()}");
        return ReadInfo(json, path);
    }

    /// <summary>
    /// Frames of a video at its own resolution, read one by one while they are asked for. Frame k stands for the time from
    /// k/fps to (k+1)/fps and shows what is seen 15/16 into it, which at 1 fps is AVSBench's sampling. There are
    /// exactly <see cref="VideoInfo.FrameCount"/>: the last picture serves again if the length was rounded up, and a video that
    /// ends before the first of those moments gives its first picture.
    /// </summary>
    /// <exception cref="InputException">The pictures cannot be decoded or are too large, or ffmpeg is not installed.</exception>
    public static IEnumerable<Image> Frames(string path, VideoInfo info, double framesPerSecond)
    {
        int count = info.FrameCount(framesPerSecond);
        string delay = (SamplePosition / framesPerSecond).ToString("R", CultureInfo.InvariantCulture);
        string rate = framesPerSecond.ToString("R", CultureInfo.InvariantCulture);
        using MediaProgram program = DecodeFrames(
            path, 1 / framesPerSecond, count, "-vf", $"setpts=PTS-{delay}/TB,fps=fps={rate}:start_time=0:round=up");
        Image? last = null;
        int read = 0;
        while (read < count && PpmPicture.Read(program.Bytes, path) is { } frame)
        {
            if (last is not null && (frame.Width, frame.Height) != (last.Width, last.Height))
                throw new InputException($"{path}: frame {read} is {frame.Width}×{frame.Height}, those before {last.Width}×{last.Height}");
            last = frame;
            read++;
            yield return frame;
        }
        if (last is null)
        {
            last = FirstFrame(path) ?? throw new InputException($"{path}: no frames could be decoded{program.FirstError()}");
            read = 1;
            yield return last;
        }
        if (read < count - 1)
            throw new InputException($"{path}: the video breaks off after {read} of {count} frames{program.FirstError()}");
        if (read < count)
            yield return last;
    }

    /// <summary>All pictures of a video at its own rate, read one by one while they are asked for.</summary>
    /// <exception cref="InputException">The pictures cannot be decoded or are too large, or ffmpeg is not installed.</exception>
    public static IEnumerable<Image> AllFrames(string path, VideoInfo info)
    {
        using MediaProgram program = DecodeFrames(path, 0, int.MaxValue, "-vf", $"fps=fps={info.Rate}:start_time=0");
        while (PpmPicture.Read(program.Bytes, path) is { } frame)
            yield return frame;
    }

    /// <summary>Writes a video as browsers play it, an MP4 of H.264 and AAC; what is so already is copied.</summary>
    /// <param name="path">The video.</param>
    /// <param name="info">What it holds.</param>
    /// <param name="sound">Its sound, which may lie in another file.</param>
    /// <param name="target">The file to write, in a folder that exists.</param>
    /// <exception cref="InputException">It cannot be decoded or written, or ffmpeg is not installed.</exception>
    public static void WriteBrowserVideo(string path, VideoInfo info, SoundTrack? sound, string target)
    {
        string track = sound is null || sound.Path == path ? "0" : "1";
        using var program = new MediaProgram(
            Ffmpeg, path, info.Seconds,
            [
                .. track == "1" ? WatchedProgram.From(sound!.Path) : [],
                "-y", "-map", "0:V:0", .. info.HasBrowserPictures ? ["-c:v", "copy"] : new[] { "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p" },
                .. sound is not null ? ["-map", $"{track}:a:0", "-c:a", sound.CanCopy ? "copy" : "aac"] : Array.Empty<string>(),
                "-movflags", "+faststart", "-f", "mp4", "-progress", "pipe:1", "file:" + Path.GetFullPath(target),
            ]);
        program.Follow();
        if (!program.EndsWell())
            throw new InputException($"{path}: cannot be written as a video for browsers{program.FirstError()}");
    }

    /// <summary>
    /// The sound of a video as mono in −1…1, starting when the video starts, a second at a time. It is decoded to 16 bits first, as the models'
    /// front end expects, which also makes ffmpeg mix channels without raising their level.
    /// </summary>
    /// <param name="seconds">How much of it is wanted; sound may last longer than the pictures.</param>
    /// <exception cref="InputException">There is no sound, it cannot be decoded, or ffmpeg is not installed.</exception>
    public static IEnumerable<float[]> AudioBlocks(string path, VideoInfo info, int sampleRate, double seconds) => info.HasAudio
        ? SoundBlocks(path, sampleRate, seconds)
        : throw new InputException($"{path}: the video has no audio track");

    /// <summary>The same of any file with sound, a video or not.</summary>
    /// <exception cref="InputException">There is no sound, it cannot be decoded, or ffmpeg is not installed.</exception>
    public static IEnumerable<float[]> SoundBlocks(string path, int sampleRate, double seconds)
    {
        using var program = new MediaProgram(
            Ffmpeg, path, 0, "-map", "0:a:0", "-ac", "1",
            "-af", $"aresample={sampleRate}:async=1:first_pts=0", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1");
        var samples = new short[sampleRate];
        long left = (long)Math.Ceiling(seconds * sampleRate), read = 0;
        while (left > 0)
        {
            int count = program.Bytes.Read(MemoryMarshal.AsBytes(samples.AsSpan(0, (int)Math.Min(left, samples.Length)))) / sizeof(short);
            if (count == 0)
                break;
            yield return Array.ConvertAll(samples[..count], sample => sample / 32768f);
            left -= count;
            read += count;
        }
        if (read == 0)
            throw new InputException($"{path}: no sound could be decoded{program.FirstError()}");
    }

    private static Image? FirstFrame(string path)
    {
        using MediaProgram program = DecodeFrames(path, 0, 1);
        return PpmPicture.Read(program.Bytes, path);
    }

    // Frames come as PPM pictures because those say their own size, which a rotated video changes.
    private static MediaProgram DecodeFrames(string path, double interval, int count, params string[] filter) => new(
        Ffmpeg, path, interval,
        [
            "-map", "0:V:0", .. filter, "-sws_flags", "accurate_rnd+full_chroma_int", "-frames:v", $"{count}",
            "-f", "image2pipe", "-c:v", "ppm", "pipe:1",
        ]);

    /// <summary>What ffprobe says of a file.</summary>
    /// <param name="answer">Its answer.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="InputException">The answer is no such JSON, or the file no video.</exception>
    internal static VideoInfo ReadInfo(byte[] answer, string path)
    {
        using JsonDocument document = JsonText.Parse(Encoding.UTF8.GetString(answer), $"{path}: the answer of {Ffprobe}");
        JsonElement probe = document.RootElement;
        if (probe.ValueKind != JsonValueKind.Object
            || !probe.TryGetProperty("streams", out JsonElement streams) || streams.ValueKind != JsonValueKind.Array)
            throw new InputException($"{path}: {Ffprobe} answered without a list of tracks");
        JsonElement? video = null;
        JsonElement? audio = null;
        foreach (JsonElement stream in streams.EnumerateArray())
        {
            string? type = Text(stream, "codec_type");
            if (type == "audio")
                audio ??= stream;
            bool isCover = Member(stream, "disposition") is { } disposition
                && Member(disposition, "attached_pic") is { ValueKind: JsonValueKind.Number } attached
                && attached.TryGetInt32(out int flag) && flag == 1;
            if (type == "video" && !isCover)
                video ??= stream;
        }
        if (video is null)
            throw new InputException($"{path}: the file has no video track");
        // The container's length is that of its longest track.
        double? seconds = Duration(video.Value) ?? TaggedDuration(video.Value) ?? (Member(probe, "format") is { } format ? Duration(format) : null);
        if (seconds is not > 0)
            throw new InputException($"{path}: not a video, or one of unknown length");
        return new VideoInfo(seconds.Value, audio is not null)
        {
            Rate = Rate(video.Value),
            HasBrowserPictures = Text(video.Value, "codec_name") == "h264" && Text(video.Value, "pix_fmt") is "yuv420p" or "yuvj420p",
            HasBrowserSound = audio is { } sound && (Text(sound, "codec_name") == "aac" || IsMp3OfMp4(sound)),
        };
    }

    // An MP4 has no MP3 of fewer samples a second.
    private static bool IsMp3OfMp4(JsonElement sound) =>
        Text(sound, "codec_name") == "mp3" && int.TryParse(Text(sound, "sample_rate"), CultureInfo.InvariantCulture, out int rate) && rate >= 16_000;

    // The mean rate, else that of the clock.
    private static FrameRate Rate(JsonElement video)
    {
        foreach (string name in (string[])["avg_frame_rate", "r_frame_rate"])
            if (Text(video, name)?.Split('/') is [var first, var second] && int.TryParse(first, CultureInfo.InvariantCulture, out int numerator)
                && int.TryParse(second, CultureInfo.InvariantCulture, out int denominator) && numerator > 0 && denominator > 0
                && (double)numerator / denominator is >= 0.01 and <= FastestRate)
                return new FrameRate(numerator, denominator);
        return new FrameRate(25, 1);
    }

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : null;

    // Versions of ffprobe write numbers as strings; a number serves as well.
    private static double? Duration(JsonElement element)
    {
        string? text = Member(element, "duration") switch
        {
            { ValueKind: JsonValueKind.String } s => s.GetString(),
            { ValueKind: JsonValueKind.Number } n => n.GetRawText(),
            _ => null,
        };
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;
    }

    // As Matroska has it: 00:01:02.345000000.
    private static double? TaggedDuration(JsonElement stream)
    {
        if (Member(stream, "tags") is not { } tags || (Text(tags, "DURATION") ?? Text(tags, "DURATION-eng")) is not { } text)
            return null;
        return text.Split(':') is [var hours, var minutes, var seconds]
            && int.TryParse(hours, NumberStyles.None, CultureInfo.InvariantCulture, out int h)
            && int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out int m)
            && double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double s)
            && 3600.0 * h + 60.0 * m + s is > 0 and var all
            ? all
            : null;
    }
}
