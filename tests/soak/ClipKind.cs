namespace SspNative.Soak;

/// <summary>A clip of the mix.</summary>
/// <param name="Name">Of the kind, in messages.</param>
/// <param name="Path">Of the clip.</param>
/// <param name="IsBroken">Whether it must be refused; else it must be segmented.</param>
/// <param name="HasVideo">Whether the marked videos are written of it too.</param>
internal sealed record ClipKind(string Name, string Path, bool IsBroken = false, bool HasVideo = false)
{
    /// <summary>Whether a server can be sent it.</summary>
    public bool IsFile => File.Exists(Path);
}
