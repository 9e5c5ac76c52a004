using System.Globalization;

namespace SspNative.Model.Media;

/// <summary>
/// Writes an MP4 video (H.264, YUV 4:2:0) through <c>ffmpeg</c>, picture by picture, with the sound of a file. A picture with an
/// odd side gets a black column or row more, since the format has even sides alone.
/// </summary>
internal sealed class VideoEncoder : WatchedProgram
{
    private readonly string _path;
    private readonly int _width;
    private readonly int _height;

    /// <param name="path">The file to write, in a folder that exists.</param>
    /// <param name="width">Columns of every picture.</param>
    /// <param name="height">Rows of every picture.</param>
    /// <param name="rate">Pictures a second.</param>
    /// <param name="sound">Where the sound comes from; null for a silent video.</param>
    /// <param name="seconds">How long the pictures take, about. Of sound that is much longer the beginning is taken.</param>
    /// <exception cref="InputException">ffmpeg is not installed.</exception>
    public VideoEncoder(string path, int width, int height, FrameRate rate, SoundTrack? sound, double seconds)
        : base(
            FfmpegMedia.Ffmpeg, path, 0, ProgramNeed.OfFfmpeg("writing videos", "leave out the video"), Arguments(path, width, height, rate, sound, seconds)) =>
        (_path, _width, _height) = (path, width, height);

    /// <summary>Writes the next picture.</summary>
    /// <exception cref="ArgumentException">It has another size.</exception>
    /// <exception cref="InputException">The video cannot be written.</exception>
    public void Write(Image picture)
    {
        if ((picture.Width, picture.Height) != (_width, _height))
            throw new ArgumentException($"a video of {_width}×{_height} cannot have a picture of {picture.Width}×{picture.Height}");
        try
        {
            Watched(() =>
            {
                Input.Write(picture.Rgb);
                return true;
            });
        }
        catch (IOException e)
        {
            throw new InputException($"{_path}: the video cannot be written{FirstError()}", e);
        }
    }

    /// <summary>Ends the video.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Finish()
    {
        Input.Close();
        if (!EndsWell())
            throw new InputException($"{_path}: the video cannot be written{FirstError()}");
    }

    private static IEnumerable<string> Arguments(string path, int width, int height, FrameRate rate, SoundTrack? sound, double seconds)
    {
        string[] pictures = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{width}x{height}", "-r", rate.ToString(), "-i", "pipe:0"];
        // A track that ends a little later than the pictures stays whole.
        string[] longest = ["-t", string.Create(CultureInfo.InvariantCulture, $"{seconds + 2:0.###}")];
        string[] track = sound is null ? [] : ["-map", "1:a:0", "-c:a", sound.CanCopy ? "copy" : "aac"];
        return
        [
            "-v", "error", "-y", .. pictures, .. sound is null ? [] : (string[])[.. longest, .. From(sound.Path)], "-map", "0:v", .. track,
            "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", FileUrl(path),
        ];
    }
}
