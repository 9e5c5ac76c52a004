namespace SspNative.Model.Media;

/// <summary>A PNG or JPEG as a silent clip of one frame.</summary>
internal sealed class PictureClip(string path, double framesPerSecond) : ClipSource(path, framesPerSecond)
{
    public override int FrameCount => 1;

    public override bool HasAudio => false;

    public override IEnumerable<Image> Frames() => [Image.Load(Location)];

    private protected override float[] ReadAudio() => throw new InvalidOperationException("a picture has no sound");
}
