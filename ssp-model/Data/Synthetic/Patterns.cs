namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// Patterns in the plane: 0 where the first colour is, 1 where the second. They have soft edges, so that a pixel's centre speaks
/// for the pixel.
/// </summary>
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

    public static double Blotches(double x, double y) =>
        Soft(2 * Math.Sin(x * 6.1 + Math.Sin(y * 5.3)) * Math.Sin(y * 7.7 + Math.Sin(x * 4.1)) - 0.2);

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
