using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace SspNative.Cli.Plots;

/// <summary>
/// Logarithmic axes: what is drawn at log₁₀ v is labelled v. Ticks stand at powers of ten, over fewer than three decades at 1, 2 and 5 times
/// them.
/// </summary>
internal static class LogTicks
{
    private const double FewDecades = 3;
    private const int MostTicks = 12;

    /// <summary>Ticks for an axis that shows values from <paramref name="low"/> to <paramref name="high"/>, both above 0.</summary>
    public static ITickGenerator Between(double low, double high)
    {
        double decades = Math.Log10(high / low);
        int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high));
        int stride = Math.Max(1, (last - first) / MostTicks);
        double[] digits = decades < 0.5 ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9] : decades < FewDecades ? [1, 2, 5] : [1];
        var ticks = new NumericManual();
        for (int power = first; power <= last; power += stride)
            foreach (double digit in digits)
                ticks.AddMajor(power + Math.Log10(digit), Text(digit * Math.Pow(10, power)));
        return ticks;
    }

    /// <summary>A number as short as can be read.</summary>
    public static string Text(double value) => value != 0 && Math.Abs(value) is < 1e-3 or >= 1e5
        ? Scientific(value)
        : value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>A number as a product with a power of ten.</summary>
    public static string Scientific(double value) =>
        value == 0 ? "0" : value.ToString("0.##e+0", CultureInfo.InvariantCulture).Replace("e+", "e", StringComparison.Ordinal);
}
