namespace SspNative.Model.Metrics;

/// <summary>
/// How binary masks are averaged. The largest F of a batch is not the mean of its videos' largest F, so a figure means
/// something only together with its batch size.
/// </summary>
/// <param name="Name">What reports call it.</param>
/// <param name="VideosPerBatch">Videos that share one F curve; the last batch may have fewer and weighs the same.</param>
public sealed record AvsProtocol(string Name, int VideosPerBatch)
{
    /// <summary>AVSBench's evaluation: 4 videos a batch.</summary>
    public static AvsProtocol AvsBench { get; } = new("avsbench", 4);

    /// <summary>AAVS's: every video is a batch.</summary>
    public static AvsProtocol Aavs { get; } = new("aavs", 1);

    /// <summary>That of AAVS's published figures: every video is a batch, of frames that <see cref="Metrics.Aavs224"/> scored.</summary>
    public static AvsProtocol Aavs224 { get; } = new("aavs224", 1);
}
