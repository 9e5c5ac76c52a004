namespace SspNative.Model.Media;

/// <summary>Pictures of the numbers inside the model, to look at: masks and pre-masks in gray, optical flow in colour.</summary>
internal static class MapPictures
{
    /// <summary>A (H,W) map of 0…1 from black to white; values outside are clamped.</summary>
    public static Image Grayscale(ReadOnlySpan<float> map, int width, int height)
    {
        CheckLength(map.Length, width * height);
        var image = new Image(width, height);
        for (int i = 0; i < map.Length; i++)
            image.Rgb.AsSpan(3 * i, 3).Fill((byte)MathF.Round(Math.Clamp(map[i], 0, 1) * 255));
        return image;
    }

    /// <summary>
    /// A (2,H,W) flow in pixels as the usual colour wheel: the hue is the direction (red to the right, then by way of yellow
    /// downwards), the saturation the speed; no motion is white.
    /// </summary>
    /// <param name="fullSpeed">The speed in pixels that is shown fully saturated.</param>
    public static Image Flow(ReadOnlySpan<float> flow, int width, int height, float fullSpeed)
    {
        CheckLength(flow.Length, 2 * width * height);
        var image = new Image(width, height);
        int pixels = width * height;
        for (int i = 0; i < pixels; i++)
        {
            float u = flow[i], v = flow[pixels + i];
            float saturation = Math.Min(1, MathF.Sqrt(u * u + v * v) / Math.Max(fullSpeed, 1e-6f));
            float turns = MathF.Atan2(v, u) / MathF.Tau;
            for (int channel = 0; channel < 3; channel++)
                image.Rgb[3 * i + channel] = (byte)MathF.Round(255 * (1 - saturation * (1 - Hue(turns - channel / 3f))));
        }
        return image;
    }

    /// <summary>
    /// The red of a fully saturated colour at a place on the colour circle; green and blue are the red a third and two
    /// thirds of a turn earlier.
    /// </summary>
    private static float Hue(float turns)
    {
        float fromRed = 6 * MathF.Abs(turns - MathF.Round(turns));
        return Math.Clamp(2 - fromRed, 0, 1);
    }

    private static void CheckLength(int present, int wanted)
    {
        if (present != wanted)
            throw new ArgumentException($"a picture of {wanted} values cannot be made of {present}");
    }
}
