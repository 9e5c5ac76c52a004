namespace SspNative.Model.Media;

/// <summary>What a video file holds. Seconds is the length of its picture track.</summary>
public sealed record VideoInfo(double Seconds, bool HasAudio)
{
    /// <summary>Pictures a second; of a video that does not tell, 25.</summary>
    public FrameRate Rate { get; init; } = new(25, 1);

    /// <summary>Whether browsers play the pictures as they are: H.264, YUV 4:2:0.</summary>
    public bool HasBrowserPictures { get; init; }

    /// <summary>Whether an MP4 video can have the sound as it is, and browsers play it: AAC or MP3.</summary>
    public bool HasBrowserSound { get; init; }

    /// <summary>Frames at a sampling rate: the length times the rate, rounded, and at least one; 5.08 s at 1 fps are 5, 2.5 s are 3.</summary>
    public int FrameCount(double framesPerSecond) => (int)Math.Clamp(Math.Round(Seconds * framesPerSecond, MidpointRounding.AwayFromZero), 1, int.MaxValue);
}
