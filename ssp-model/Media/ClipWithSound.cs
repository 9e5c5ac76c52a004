using SspNative.Model.Files;

namespace SspNative.Model.Media;

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

    // An AVI is a RIFF too.
    private bool IsWav => InputFile.ReadStart(_sound, 12) is { Length: 12 } start && start.AsSpan().StartsWith("RIFF"u8) && start.AsSpan().EndsWith("WAVE"u8);
}
