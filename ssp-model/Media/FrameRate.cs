using System.Globalization;

namespace SspNative.Model.Media;

/// <summary>Pictures a second, as a fraction: 24000/1001.</summary>
public readonly record struct FrameRate(int Numerator, int Denominator)
{
    public double PerSecond => (double)Numerator / Denominator;

    /// <summary>A rate that was given as a number, to a thousandth.</summary>
    public static FrameRate Of(double perSecond) => new(Math.Max(1, (int)Math.Round(perSecond * 1000)), 1000);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
}
