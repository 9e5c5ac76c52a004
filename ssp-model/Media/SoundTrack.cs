namespace SspNative.Model.Media;

/// <summary>The sound of a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="CanCopy">Whether an MP4 video can have it as it is; else it is coded anew.</param>
public sealed record SoundTrack(string Path, bool CanCopy);
