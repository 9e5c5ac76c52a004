using System.Text.RegularExpressions;
using SspNative.Model.Files;

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
        !Path.GetFileName(path).StartsWith('.') && _videoExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
        && !Directory.Exists(path);

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
