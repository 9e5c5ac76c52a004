namespace SspNative.Model.Media;

/// <summary>
/// The colours that mark what sounds in a picture: bright and strong, each far from those of the labels beside it, in OKLCH (Björn Ottosson's
/// perceptual space). Files of labels have the colours of <see cref="Palette"/>, of which many vanish on dark pictures.
/// </summary>
internal static class Highlight
{
    // The first is a pink that few things and scenes have. Steps of the golden angle keep any number of hues apart.
    private const double FirstHue = 350, HueStep = 137.50776;

    private const double Chroma = 0.19;

    private static readonly double[] _lightness = [0.72, 0.82, 0.66];

    /// <summary>The colour of a label, from 1.</summary>
    public static (byte R, byte G, byte B) Colour(byte label)
    {
        int index = Math.Max(0, label - 1);
        double hue = (FirstHue + index * HueStep) % 360 * Math.PI / 180, lightness = _lightness[index % _lightness.Length];
        return FromOklab(lightness, Chroma * Math.Cos(hue), Chroma * Math.Sin(hue));
    }

    /// <summary>Whether text on a colour is to be black; else white.</summary>
    public static bool IsLight((byte R, byte G, byte B) colour) => 0.299 * colour.R + 0.587 * colour.G + 0.114 * colour.B > 140;

    private static (byte R, byte G, byte B) FromOklab(double lightness, double a, double b)
    {
        double l = Cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
        double m = Cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
        double s = Cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
        return (
            Encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            Encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            Encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
    }

    private static double Cube(double x) => x * x * x;

    // Linear light to sRGB.
    private static byte Encode(double linear)
    {
        double x = Math.Clamp(linear, 0, 1);
        return (byte)Math.Round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * Math.Pow(x, 1 / 2.4) - 0.055));
    }
}
