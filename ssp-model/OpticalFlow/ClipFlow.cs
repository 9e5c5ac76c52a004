using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow;

/// <summary>Optical flow of a clip of T frames, read pair by pair, wherever it lies.</summary>
internal interface IClipFlow
{
    /// <summary>T−1.</summary>
    int Pairs { get; }

    /// <summary>H of the maps, which need not be the frames'.</summary>
    int Height { get; }

    /// <summary>W of the maps.</summary>
    int Width { get; }

    /// <summary>H of the frames, in whose pixels motion is counted.</summary>
    int FrameHeight { get; }

    /// <summary>W of the frames.</summary>
    int FrameWidth { get; }

    /// <summary>Seconds from one frame to the next.</summary>
    double Interval { get; }

    /// <summary>The two components of one pair, (2,H,W): u right, v down, in pixels of the frames. Valid until the next call.</summary>
    ReadOnlySpan<float> Pair(int index);
}

/// <summary>Optical flow of a clip in memory.</summary>
/// <param name="Data">(T−1,2,H,W): u right, v down, in pixels of the frames.</param>
/// <param name="Height">H of the maps, which need not be the frames'.</param>
/// <param name="Width">W of the maps.</param>
public sealed record ClipFlow(float[] Data, int Height, int Width) : IClipFlow
{
    public int FrameHeight { get; init; } = Height;

    public int FrameWidth { get; init; } = Width;

    public double Interval { get; init; } = 1;

    /// <summary>Whether it was estimated from the frames, which can tell where it is wrong.</summary>
    public bool IsEstimated { get; init; }

    public int Pairs => Data.Length / (2 * Height * Width);

    public ReadOnlySpan<float> Pair(int index) => Data.AsSpan(index * 2 * Height * Width, 2 * Height * Width);

    /// <summary>The first pair's flow so many times.</summary>
    public ClipFlow RepeatFirstPair(int pairs)
    {
        int length = 2 * Height * Width;
        float[] repeated = new float[pairs * length];
        for (int offset = 0; offset < repeated.Length; offset += length)
            Pair(0).CopyTo(repeated.AsSpan(offset));
        return this with { Data = repeated };
    }

    /// <summary>The flow of frames, estimated.</summary>
    /// <param name="estimator">The method.</param>
    /// <param name="frames">T frames of one size, T ≥ 2.</param>
    public static ClipFlow Estimate(IFlowEstimator estimator, IReadOnlyList<Image> frames)
    {
        (int height, int width) = estimator.SizeOf(frames[0]);
        int values = 2 * height * width;
        var data = new float[(frames.Count - 1) * values];
        int pair = 0;
        foreach (float[] flow in estimator.Estimate(frames, () => { }))
            flow.CopyTo(data, pair++ * values);
        return new ClipFlow(data, height, width) { FrameHeight = frames[0].Height, FrameWidth = frames[0].Width, IsEstimated = true };
    }
}
