namespace SspNative.Model.Data.Synthetic;

/// <summary>A colour, each channel 0…1.</summary>
internal readonly record struct Rgb(double R, double G, double B)
{
    public static Rgb Of(int rgb) => new((rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);

    /// <summary>This colour at 0, the other at 1.</summary>
    public Rgb Mix(Rgb other, double t) => new(R + (other.R - R) * t, G + (other.G - G) * t, B + (other.B - B) * t);

    public static Rgb operator *(Rgb colour, double factor) => new(colour.R * factor, colour.G * factor, colour.B * factor);
}

/// <summary>A shape of a drawing and how it is painted: two colours, mixed by a pattern.</summary>
/// <param name="Pattern">How much of the second colour a point of the drawing has, 0…1; null: none.</param>
internal sealed record Part(Shape Shape, Rgb Colour, Rgb Second = default, Func<double, double, double>? Pattern = null)
{
    public Rgb At(double x, double y) => Pattern is null ? Colour : Colour.Mix(Second, Pattern(x, y));
}

/// <summary>Patterns in the plane: 0 where the first colour is, 1 where the second. They have soft edges, so that a pixel's centre speaks for the pixel.</summary>
internal static class Patterns
{
    /// <summary>Level stripes.</summary>
    public static double Bands(double x, double y) => Soft(Math.Sin(y * 19));

    public static double Diagonals(double x, double y) => Soft(Math.Sin((x + y) * 11));

    /// <summary>Stripes that bend and swell like a tabby's.</summary>
    public static double Tabby(double x, double y) => Soft(Math.Sin(y * 17 + 2 * Math.Sin(x * 5)) - 0.35 + 0.4 * Math.Abs(x));

    public static double Dots(double x, double y) => Soft(Math.Sin(x * 17) * Math.Sin(y * 17) * 2 - 0.7);

    /// <summary>The crossing cords of a drum.</summary>
    public static double Zigzag(double x, double y) =>
        Soft(3 * (0.35 - Math.Abs(Math.Abs(Frac(x * 1.6) * 2 - 1) - (y + 0.35))) - 0.6);

    /// <summary>Wood: fine bent lines along the drawing.</summary>
    public static double Grain(double x, double y) => 0.5 + 0.5 * Math.Sin(x * 26 + 2.5 * Math.Sin(y * 3.1) + Math.Sin(y * 7.3));

    public static double Blotches(double x, double y) => Soft(2 * Math.Sin(x * 6.1 + Math.Sin(y * 5.3)) * Math.Sin(y * 7.7 + Math.Sin(x * 4.1)) - 0.2);

    public static double Checks(double x, double y) => Soft(3 * Math.Sin(x * 16) * Math.Sin(y * 24));

    /// <summary>The keys of a piano.</summary>
    public static double Keys(double x, double y) => Soft(2.4 * Math.Sin(x * 30) - 0.4);

    /// <summary>Polished metal: bright and dark lines along x.</summary>
    public static double Polish(double x, double y) => 0.5 + 0.5 * Math.Sin(y * 15 + 1.2);

    private static double Soft(double level)
    {
        double t = Math.Clamp(level * 1.4 + 0.5, 0, 1);
        return t * t * (3 - 2 * t);
    }

    private static double Frac(double x) => x - Math.Floor(x);
}

/// <summary>Smooth noise: random values on the integer grid, joined by a quintic (Perlin's fade). No two seeds are alike.</summary>
internal static class ValueNoise
{
    /// <summary>0…1, with details about one unit in size.</summary>
    public static double At(double x, double y, ulong seed)
    {
        double fx = Math.Floor(x), fy = Math.Floor(y);
        long ix = (long)fx, iy = (long)fy;
        double u = Fade(x - fx), v = Fade(y - fy);
        double top = Corner(ix, iy, seed) + (Corner(ix + 1, iy, seed) - Corner(ix, iy, seed)) * u;
        double bottom = Corner(ix, iy + 1, seed) + (Corner(ix + 1, iy + 1, seed) - Corner(ix, iy + 1, seed)) * u;
        return top + (bottom - top) * v;
    }

    /// <summary>Octaves, each half as large and half as strong as the one before; 0…1.</summary>
    public static double Fractal(double x, double y, ulong seed, int octaves)
    {
        double sum = 0, weight = 1, total = 0;
        for (int i = 0; i < octaves; i++, weight /= 2, x *= 2, y *= 2)
        {
            sum += weight * At(x, y, seed + (ulong)i);
            total += weight;
        }
        return sum / total;
    }

    private static double Corner(long x, long y, ulong seed) =>
        (SplitMix64.Mix(seed ^ (ulong)x * 0x9E3779B97F4A7C15 ^ (ulong)y * 0xC2B2AE3D27D4EB4F) >> 40) * (1.0 / (1 << 24));

    private static double Fade(double t) => t * t * t * (t * (t * 6 - 15) + 10);
}
