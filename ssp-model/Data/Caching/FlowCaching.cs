using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;

namespace SspNative.Model.Data.Caching;

/// <summary>Optical flow in a <see cref="ClipCache"/>.</summary>
internal static class FlowCaching
{
    private const string Entry = "flow";

    /// <summary>The flow of a clip: read, or estimated and stored.</summary>
    /// <param name="cache">Null estimates it.</param>
    /// <param name="estimator">Everything besides the frames that the flow depends on: the method, a digest of its weights, its options, the device.</param>
    /// <param name="frames">T frames of one size.</param>
    /// <param name="estimate">(T−1,2,H,W) of the frames.</param>
    public static ClipFlow GetOrEstimate(
        ClipCache? cache, string estimator, IReadOnlyList<Image> frames, Func<IReadOnlyList<Image>, ClipFlow> estimate)
    {
        if (cache is null)
            return estimate(frames);
        var key = new CacheKeyBuilder(Entry).Add("estimator", estimator).AddProgram();
        foreach (Image frame in frames)
            key.Add("frame", frame);
        CachedArray flow = cache.GetOrAdd(key.Build(), () =>
        {
            ClipFlow found = estimate(frames);
            return new Dictionary<string, CachedArray> { [Entry] = new(found.Data, [frames.Count - 1, 2, found.Height, found.Width]) };
        })[Entry];
        return new ClipFlow(flow.Data, flow.Shape[2], flow.Shape[3]) { FrameHeight = frames[0].Height, FrameWidth = frames[0].Width, IsEstimated = true };
    }
}
