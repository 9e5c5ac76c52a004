using SspNative.Model.Files;

namespace SspNative.Model.Media;

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
        for (int i = 1; i < _files.Length; i++)
            if (Path.GetFileNameWithoutExtension(_files[i]) == Path.GetFileNameWithoutExtension(_files[i - 1]))
                throw new InputException($"{_files[i]}: {Path.GetFileName(_files[i - 1])} is that frame too; leave one of them");
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
