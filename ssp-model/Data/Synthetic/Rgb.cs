namespace SspNative.Model.Data.Synthetic;

/// <summary>A colour, each channel 0…1.</summary>
internal readonly record struct Rgb(double R, double G, double B)
{
    public static Rgb Of(int rgb) => new((rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);

    /// <summary>This colour at 0, the other at 1.</summary>
    public Rgb Mix(Rgb other, double t) => new(R + (other.R - R) * t, G + (other.G - G) * t, B + (other.B - B) * t);

    public static Rgb operator *(Rgb colour, double factor) => new(colour.R * factor, colour.G * factor, colour.B * factor);
}
