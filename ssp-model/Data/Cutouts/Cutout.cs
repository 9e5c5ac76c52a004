using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Cutouts;

/// <summary>
/// A picture that is cut out by its opacity. Its longer side is two units long, its middle the origin. Masks go by the opacity at a pixel's centre:
/// at least one half is the thing. Small ones are drawn from halved copies, so that no detail flickers.
/// </summary>
internal sealed record Cutout : Look
{
    // Halved again and again; colours are multiplied with opacity, so that they can be averaged.
    private readonly Level[] _levels;

    /// <exception cref="InputException">The bytes are no readable picture, or nothing in it is opaque.</exception>
    public Cutout(byte[] picture, string path)
        : this(Levels(picture, path))
    {
    }

    private Cutout(Level[] levels)
        : base(
            Math.Sqrt((double)levels[0].Width * levels[0].Width + (double)levels[0].Height * levels[0].Height)
            / Math.Max(levels[0].Width, levels[0].Height)) =>
        _levels = levels;

    public override Rgb Sample(double x, double y, double pixelsPerUnit, out double coverage, out bool solid)
    {
        double half = Math.Max(_levels[0].Width, _levels[0].Height) / 2.0;
        int shrunk = Math.Clamp((int)Math.Round(Math.Log2(half / pixelsPerUnit)), 0, _levels.Length - 1);
        Level level = _levels[shrunk];
        double scale = half / (1 << shrunk);
        (double r, double g, double b, double a) = level.At(
            x * scale + _levels[0].Width / (2.0 * (1 << shrunk)) - 0.5, y * scale + _levels[0].Height / (2.0 * (1 << shrunk)) - 0.5);
        coverage = a;
        solid = a >= 0.5;
        return a == 0 ? default : new Rgb(r / a, g / a, b / a);
    }

    private static Level[] Levels(byte[] picture, string path)
    {
        (int width, int height, byte[] rgba) = Image.DecodeRgba(picture, path);
        var levels = new List<Level> { Trimmed(width, height, rgba, path) };
        while (levels[^1] is { Width: > 1, Height: > 1 })
            levels.Add(levels[^1].Halved());
        return [.. levels];
    }

    /// <summary>The part of a picture in which anything is to be seen.</summary>
    private static Level Trimmed(int width, int height, byte[] rgba, string path)
    {
        const int visible = 8;
        int left = width, top = height, right = -1, bottom = -1;
        for (int i = 0; i < width * height; i++)
            if (rgba[4 * i + 3] >= visible)
                (left, top, right, bottom) = (Math.Min(left, i % width), Math.Min(top, i / width), Math.Max(right, i % width), Math.Max(bottom, i / width));
        if (right < left)
            throw new InputException($"{path}: nothing in the picture is opaque");
        var level = new Level(right - left + 1, bottom - top + 1);
        for (int y = 0; y < level.Height; y++)
            for (int x = 0; x < level.Width; x++)
            {
                ReadOnlySpan<byte> pixel = rgba.AsSpan(4 * ((top + y) * width + left + x), 4);
                float opacity = pixel[3] / 255f;
                Span<float> target = level.Values.AsSpan(4 * (y * level.Width + x), 4);
                for (int c = 0; c < 3; c++)
                    target[c] = pixel[c] / 255f * opacity;
                target[3] = opacity;
            }
        return level;
    }

    private sealed class Level(int width, int height)
    {
        public int Width => width;

        public int Height => height;

        /// <summary>(H,W,4): red, green and blue times opacity, opacity.</summary>
        public float[] Values { get; } = new float[4 * width * height];

        /// <summary>Between pixels, whose centres have whole coordinates; beyond the picture nothing.</summary>
        public (double R, double G, double B, double A) At(double x, double y)
        {
            int x0 = (int)Math.Floor(x), y0 = (int)Math.Floor(y);
            double fx = x - x0, fy = y - y0, r = 0, g = 0, b = 0, a = 0;
            for (int corner = 0; corner < 4; corner++)
            {
                int cx = x0 + (corner & 1), cy = y0 + (corner >> 1);
                if (cx < 0 || cy < 0 || cx >= Width || cy >= Height)
                    continue;
                double weight = ((corner & 1) == 1 ? fx : 1 - fx) * (corner > 1 ? fy : 1 - fy);
                ReadOnlySpan<float> pixel = Values.AsSpan(4 * (cy * Width + cx), 4);
                (r, g, b, a) = (r + weight * pixel[0], g + weight * pixel[1], b + weight * pixel[2], a + weight * pixel[3]);
            }
            return (r, g, b, a);
        }

        public Level Halved()
        {
            var halved = new Level((Width + 1) / 2, (Height + 1) / 2);
            for (int y = 0; y < Height; y++)
                for (int x = 0; x < Width; x++)
                    for (int c = 0; c < 4; c++)
                        halved.Values[4 * (y / 2 * halved.Width + x / 2) + c] += Values[4 * (y * Width + x) + c] / 4;
            return halved;
        }
    }
}
