namespace SspNative.Model.Media;

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
