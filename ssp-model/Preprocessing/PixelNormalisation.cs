using SspNative.Model.Media;

namespace SspNative.Model.Preprocessing;

/// <summary>The last step of every image processor: a window of the picture, planar, with each byte mapped to a float.</summary>
internal static class PixelNormalisation
{
    /// <summary>Writes (3,height,width) to <paramref name="pixels"/> from the window whose corner is (left, top).</summary>
    /// <param name="normalise">(channel, byte) → value; called once per channel and byte, not per pixel.</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> does not hold 3·height·width values.</exception>
    public static void Apply(
        Image image, int left, int top, int width, int height, Func<int, byte, float> normalise, Span<float> pixels)
    {
        using ProfilerSpan span = Profiler.Module("normalise");
        if (pixels.Length != 3 * width * height)
            throw new ArgumentException($"an image of 3×{height}×{width} does not fill {pixels.Length} floats");
        float[] ofByte = new float[256];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int value = 0; value < 256; value++)
                ofByte[value] = normalise(channel, (byte)value);
            for (int y = 0; y < height; y++)
            {
                Span<float> row = pixels.Slice((channel * height + y) * width, width);
                int source = ((top + y) * image.Width + left) * 3 + channel;
                for (int x = 0; x < width; x++)
                    row[x] = ofByte[image.Rgb[source + 3 * x]];
            }
        }
    }
}
