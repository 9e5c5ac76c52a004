using System.Text.RegularExpressions;

namespace SspNative.Model.Media;

/// <summary>
/// A clip: pictures at a fixed rate and their sound. It is a video file, a folder as AVSBench stores them, with
/// <c>frames/*.jpg</c> or <c>.png</c> and <c>audio.wav</c>, or a PNG or JPEG, which is a clip of one frame. A video without a
/// sound track, a folder without <c>audio.wav</c> and a picture are silent.
/// </summary>
public abstract partial class ClipSource
{
    /// <summary>The sample rate of <see cref="Audio"/>, 16 kHz.</summary>
    public const int AudioRate = 16000;

    /// <summary>The most frames of a clip: ten hours at one a second.</summary>
    public const int MaxFrames = 36_000;

    private const double LowestFps = 0.001, HighestFps = 1000;

    private static readonly string[] _videoExtensions =
        [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".3gp", ".gif"];

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

    /// <summary>Whether there is any sound to hear; where not, nothing sounds.</summary>
    public abstract bool HasAudio { get; }

    /// <summary>The pictures in order, all of one size, each read when it is asked for.</summary>
    /// <exception cref="InputException">A picture cannot be read or differs in size from the first.</exception>
    public abstract IEnumerable<Image> Frames();

    /// <summary>
    /// The sound: mono, 16 kHz, −1…1, at least as long as the pictures where the clip has so much. A silent clip gives a second of
    /// zeros, which stands for any length.
    /// </summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public float[] Audio() => HasAudio ? ReadAudio() : new float[AudioRate];

    /// <summary>The sound in blocks, in order.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public virtual IEnumerable<float[]> AudioBlocks() => [Audio()];

    /// <summary>Pictures a second when the clip is played.</summary>
    public virtual FrameRate PlaybackRate => FrameRate.Of(FramesPerSecond);

    /// <summary>The pictures as the clip is played, which for a video are more than <see cref="Frames"/>.</summary>
    /// <exception cref="InputException">A picture cannot be read.</exception>
    public virtual IEnumerable<Image> PlaybackFrames() => Frames();

    /// <summary>Where the sound is; null for a silent clip.</summary>
    public virtual SoundTrack? Sound => null;

    /// <summary>Whether it is a video, which a program decodes.</summary>
    public virtual VideoInfo? Video => null;

    /// <summary>Looks at a clip without reading its pictures yet.</summary>
    /// <param name="path">A video, a picture or a folder.</param>
    /// <param name="framesPerSecond">
    /// At which rate a video is sampled, and at which rate a folder's pictures were; AVSBench and the models use 1.
    /// </param>
    /// <param name="sound">A file with the sound where it lies elsewhere; null for the clip's own.</param>
    /// <exception cref="InputException">There is no such clip, it has no pictures, or more than <see cref="MaxFrames"/>.</exception>
    public static ClipSource Open(string path, double framesPerSecond = 1, string? sound = null)
    {
        if (framesPerSecond is not (>= LowestFps and <= HighestFps))
            throw new InputException($"frames per second must be from {LowestFps} to {HighestFps}, not {framesPerSecond}");
        ClipSource clip = Directory.Exists(path) ? OpenFolder(path, framesPerSecond) : OpenFile(path, framesPerSecond);
        return clip.FrameCount <= MaxFrames
            ? sound is null ? clip : new ClipWithSound(clip, sound)
            : throw new InputException(
                $"{path}: the clip would have {clip.FrameCount} frames, at most {MaxFrames} are read; take fewer a second or a part of it");
    }

    /// <summary>Whether a path is that of a file with a video's name.</summary>
    public static bool IsVideoName(string path) =>
        !Path.GetFileName(path).StartsWith('.') && _videoExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && !Directory.Exists(path);

    /// <summary>Whether a folder is a clip: it has <c>frames/</c>.</summary>
    public static bool IsFolderClip(string path) => Directory.Exists(Path.Combine(path, FolderClip.FramesFolder));

    private protected abstract float[] ReadAudio();

    private static FolderClip OpenFolder(string path, double framesPerSecond)
    {
        string? video = IsFolderClip(path) ? null : Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).FirstOrDefault(IsVideoName);
        return video is null
            ? new FolderClip(path, framesPerSecond)
            : throw new InputException($"{path}: a folder of videos is no clip; name one of them, such as {video}");
    }

    private static ClipSource OpenFile(string path, double framesPerSecond)
    {
        if (Url().IsMatch(path) && !File.Exists(path))
            throw new InputException($"{path}: URLs are not read; download the file first");
        return PictureHeader.IsPicture(InputFile.ReadStart(path, PictureHeader.SignatureLength))
            ? new PictureClip(path, framesPerSecond)
            : new VideoClip(path, framesPerSecond);
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+://")]
    private static partial Regex Url();
}

/// <summary>A clip in a video file.</summary>
internal sealed class VideoClip : ClipSource
{
    private readonly VideoInfo _info;

    public VideoClip(string path, double framesPerSecond)
        : base(path, framesPerSecond)
    {
        _info = FfmpegMedia.Probe(path);
    }

    public override int FrameCount => _info.FrameCount(FramesPerSecond);

    public override bool HasAudio => _info.HasAudio;

    public override IEnumerable<Image> Frames() => FfmpegMedia.Frames(Location, _info, FramesPerSecond);

    public override FrameRate PlaybackRate => _info.Rate;

    public override IEnumerable<Image> PlaybackFrames() => FfmpegMedia.AllFrames(Location, _info);

    public override SoundTrack? Sound => HasAudio ? new SoundTrack(Location, _info.HasBrowserSound) : null;

    public override VideoInfo Video => _info;

    private protected override float[] ReadAudio() => [.. AudioBlocks().SelectMany(block => block)];

    // A second more than the pictures, so that what is cut off is no frame's.
    public override IEnumerable<float[]> AudioBlocks() => HasAudio
        ? FfmpegMedia.AudioBlocks(Location, _info, AudioRate, FrameCount / FramesPerSecond + 1)
        : [Audio()];
}

/// <summary>A PNG or JPEG as a silent clip of one frame.</summary>
internal sealed class PictureClip(string path, double framesPerSecond) : ClipSource(path, framesPerSecond)
{
    public override int FrameCount => 1;

    public override bool HasAudio => false;

    public override IEnumerable<Image> Frames() => [Image.Load(Location)];

    private protected override float[] ReadAudio() => throw new InvalidOperationException("a picture has no sound");
}

/// <summary>A clip as a folder of pictures and a sound file.</summary>
internal sealed class FolderClip : ClipSource
{
    public const string FramesFolder = "frames";

    private const string AudioFile = "audio.wav";

    private static readonly string[] _extensions = [".jpg", ".jpeg", ".png"];

    private readonly string[] _files;

    public FolderClip(string path, double framesPerSecond)
        : base(path, framesPerSecond)
    {
        string folder = Path.Combine(path, FramesFolder);
        IEnumerable<string> files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Where(IsPicture) : [];
        _files = [.. files.OrderBy(f => NaturalOrder.Key(Path.GetFileName(f)), StringComparer.Ordinal)];
        if (_files.Length == 0)
            throw new InputException($"{path}: the folder has no frames (frames/*.jpg or frames/*.png)");
        // A sound file of another name must not pass for silence.
        if (!HasAudio && Directory.EnumerateFiles(path, "*.wav").FirstOrDefault() is { } other)
            throw new InputException($"{path}: the folder has {Path.GetFileName(other)}, but its sound must be called {AudioFile}");
    }

    public override int FrameCount => _files.Length;

    public override bool HasAudio => File.Exists(AudioPath);

    public override SoundTrack? Sound => HasAudio ? new SoundTrack(AudioPath, CanCopy: false) : null;

    private string AudioPath => Path.Combine(Location, AudioFile);

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

    private protected override float[] ReadAudio() => WavFile.Load(AudioPath, AudioRate);

    public override IEnumerable<float[]> AudioBlocks() => HasAudio ? WavFile.Blocks(AudioPath, AudioRate) : [Audio()];

    private static bool IsPicture(string file) =>
        _extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}

/// <summary>A clip whose sound lies in another file.</summary>
internal sealed class ClipWithSound : ClipSource
{
    private readonly ClipSource _clip;
    private readonly string _sound;

    public ClipWithSound(ClipSource clip, string sound)
        : base(clip.Location, clip.FramesPerSecond)
    {
        InputFile.Require(sound);
        (_clip, _sound) = (clip, sound);
    }

    public override int FrameCount => _clip.FrameCount;

    public override bool HasAudio => true;

    public override FrameRate PlaybackRate => _clip.PlaybackRate;

    public override SoundTrack Sound => new(_sound, CanCopy: false);

    public override VideoInfo? Video => _clip.Video;

    public override IEnumerable<Image> Frames() => _clip.Frames();

    public override IEnumerable<Image> PlaybackFrames() => _clip.PlaybackFrames();

    public override IEnumerable<float[]> AudioBlocks() => IsWav
        ? WavFile.Blocks(_sound, AudioRate)
        : FfmpegMedia.SoundBlocks(_sound, AudioRate, FrameCount / FramesPerSecond + 1);

    private protected override float[] ReadAudio() => [.. AudioBlocks().SelectMany(block => block)];

    private bool IsWav => InputFile.ReadStart(_sound, 4).AsSpan().SequenceEqual("RIFF"u8);
}
