namespace SspNative.Model.MaskFusion;

/// <summary>A mask for each of T frames, (T,H,W) of 0…1 in row-major order.</summary>
/// <param name="Values">T·H·W numbers.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
public sealed record MaskStack(float[] Values, int Height, int Width)
{
    public MaskStack(int frames, int height, int width)
        : this(new float[frames * height * width], height, width)
    {
    }

    /// <summary>T.</summary>
    public int Frames => Values.Length / (Height * Width);

    /// <summary>The mask of a frame, (H,W).</summary>
    public Span<float> this[int frame] => Values.AsSpan(frame * Height * Width, Height * Width);
}
