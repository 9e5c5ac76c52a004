namespace SspNative.Model.Media;

/// <summary>
/// A clip: pictures at a fixed rate and their sound. It is a video file, or a folder as AVSBench stores them, with
/// <c>frames/*.jpg</c> or <c>.png</c> and <c>audio.wav</c>.
/// </summary>
public abstract class ClipSource
{
    /// <summary>The sample rate of <see cref="Audio"/>, 16 kHz.</summary>
    public const int AudioRate = 16000;

    private protected ClipSource(string path, double framesPerSecond)
    {
        string fullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Name = Path.GetFileNameWithoutExtension(fullPath);
        Location = path;
        FramesPerSecond = framesPerSecond;
    }

    /// <summary>The file's or folder's name without folder and extension, for naming results.</summary>
    public string Name { get; }

    /// <summary>The path as it was given.</summary>
    public string Location { get; }

    /// <summary>Frame k stands for the time from k/fps to (k+1)/fps in seconds.</summary>
    public double FramesPerSecond { get; }

    /// <summary>T.</summary>
    public abstract int FrameCount { get; }

    /// <summary>The pictures in order, all of one size, each read when it is asked for.</summary>
    /// <exception cref="InputException">A picture cannot be read or differs in size from the first.</exception>
    public abstract IEnumerable<Image> Frames();

    /// <summary>The sound: mono, 16 kHz, −1…1.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public abstract float[] Audio();

    /// <summary>The sound in blocks, in order.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public virtual IEnumerable<float[]> AudioBlocks() => [Audio()];

    /// <summary>Looks at a clip without reading its pictures yet.</summary>
    /// <param name="path">A video file or a folder.</param>
    /// <param name="framesPerSecond">
    /// At which rate a video is sampled, and at which rate a folder's pictures were; AVSBench and the models use 1.
    /// </param>
    /// <exception cref="InputException">There is no such clip, or it lacks pictures or sound.</exception>
    public static ClipSource Open(string path, double framesPerSecond = 1)
    {
        if (framesPerSecond is not (> 0 and <= 1000))
            throw new InputException($"frames per second must be above 0 and at most 1000, not {framesPerSecond}");
        return Directory.Exists(path) ? new FolderClip(path, framesPerSecond) : new VideoClip(path, framesPerSecond);
    }
}

/// <summary>A clip in a video file.</summary>
internal sealed class VideoClip : ClipSource
{
    private readonly VideoInfo _info;

    public VideoClip(string path, double framesPerSecond)
        : base(path, framesPerSecond)
    {
        _info = FfmpegMedia.Probe(path);
        if (!_info.HasAudio)
            throw new InputException($"{path}: the video has no audio track");
    }

    public override int FrameCount => _info.FrameCount(FramesPerSecond);

    public override IEnumerable<Image> Frames() => FfmpegMedia.Frames(Location, _info, FramesPerSecond);

    public override float[] Audio() => FfmpegMedia.Audio(Location, _info, AudioRate);
}

/// <summary>A clip as a folder of pictures and a sound file.</summary>
internal sealed class FolderClip : ClipSource
{
    private static readonly string[] _extensions = [".jpg", ".jpeg", ".png"];

    private readonly string[] _files;

    public FolderClip(string path, double framesPerSecond)
        : base(path, framesPerSecond)
    {
        string folder = Path.Combine(path, "frames");
        IEnumerable<string> files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Where(IsPicture) : [];
        _files = [.. files.OrderBy(f => NaturalOrder.Key(Path.GetFileName(f)), StringComparer.Ordinal)];
        if (_files.Length == 0)
            throw new InputException($"{path}: the folder has no frames (frames/*.jpg or frames/*.png)");
        if (!File.Exists(AudioPath))
            throw new InputException($"{path}: the folder has no audio.wav");
    }

    public override int FrameCount => _files.Length;

    private string AudioPath => Path.Combine(Location, "audio.wav");

    public override IEnumerable<Image> Frames()
    {
        Image? first = null;
        foreach (string file in _files)
        {
            Image frame = Image.Load(file);
            first ??= frame;
            if (frame.Width != first.Width || frame.Height != first.Height)
                throw new InputException(
                    $"{file}: the frame is {frame.Width}×{frame.Height}, the clip's first {first.Width}×{first.Height}");
            yield return frame;
        }
    }

    public override float[] Audio() => WavFile.Load(AudioPath, AudioRate);

    private static bool IsPicture(string file) =>
        _extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
