namespace SspNative.Model.Media;

/// <summary>A frame with what sounds in it marked: the classes' colours blended in and each region's rim drawn solid.</summary>
public static class Overlay
{
    /// <summary>Pixels of picture height for one pixel of rim, so that it shows equally at every resolution.</summary>
    private const int HeightPerRim = 240;

    /// <param name="labels">Of the frame's size; 0 leaves the frame as it is.</param>
    /// <param name="opacity">How much of the class colour is blended in, 0…1.</param>
    /// <exception cref="ArgumentException">Sizes differ.</exception>
    public static Image Paint(Image frame, LabelMap labels, float opacity = 0.5f)
    {
        using ProfilerSpan span = Profiler.Module("overlay");
        if (frame.Width != labels.Width || frame.Height != labels.Height)
            throw new ArgumentException(
                $"a frame of {frame.Width}×{frame.Height} cannot carry masks of {labels.Width}×{labels.Height}");
        var painted = new Image(frame.Width, frame.Height, [.. frame.Rgb]);
        int rim = Math.Max(1, frame.Height / HeightPerRim);
        for (int y = 0; y < frame.Height; y++)
            for (int x = 0; x < frame.Width; x++)
            {
                byte label = labels[x, y];
                if (label == 0)
                    continue;
                float share = IsRim(labels, x, y, rim) ? 1 : opacity;
                (byte r, byte g, byte b) = Palette.Colour(label);
                Span<byte> pixel = painted[x, y];
                pixel[0] = Blend(pixel[0], r, share);
                pixel[1] = Blend(pixel[1], g, share);
                pixel[2] = Blend(pixel[2], b, share);
            }
        return painted;
    }

    private static byte Blend(byte below, byte above, float share) => (byte)MathF.Round(float.Lerp(below, above, share));

    /// <summary>Whether another label lies straight above, below or beside within the rim's width.</summary>
    private static bool IsRim(LabelMap labels, int x, int y, int rim)
    {
        byte label = labels[x, y];
        return labels[Math.Max(x - rim, 0), y] != label
            || labels[Math.Min(x + rim, labels.Width - 1), y] != label
            || labels[x, Math.Max(y - rim, 0)] != label
            || labels[x, Math.Min(y + rim, labels.Height - 1)] != label;
    }
}
