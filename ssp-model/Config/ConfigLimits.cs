namespace SspNative.Model.Config;

/// <summary>
/// The largest sizes that a configuration may have: far above what is published, far below what would overflow a count of elements or make
/// counting the model's cost take minutes. The largest published vision transformer (ViT-22B) has 48 layers, 6,144 channels and a feed-forward
/// network of 24,576.
/// </summary>
internal static class ConfigLimits
{
    /// <summary>Channels of a layer.</summary>
    public const int Channels = 65_536;

    /// <summary>Layers of a stack.</summary>
    public const int Layers = 200;

    /// <summary>Side of an image in pixels.</summary>
    public const int ImageSide = 2048;

    /// <summary>Side of the grid of patches that an image becomes, where attention is local.</summary>
    public const int GridSide = 512;

    /// <summary>The same where every patch attends to all others.</summary>
    public const int AttentionGridSide = 128;
}
