namespace SspNative.Lab.Catalogue;

/// <summary>Special functions that the base library lacks, in double precision, by other formulas than the operators'.</summary>
internal static class SpecialFunctions
{
    /// <summary>
    /// The complementary error function, 1e-12 relative: a series of positive terms (Kummer's transformation of erf's), and beyond it the trapezoidal rule
    /// for erfc(x) = 2/π · e^(−x²) · ∫ x/(x²+t²) · e^(−t²) dt over t > 0 (Chiarella and Reichel 1968), which errs by e^(−2πx/h).
    /// </summary>
    public static double Erfc(double x)
    {
        const double h = 0.25;
        if (x < 0)
            return 2 - Erfc(-x);
        double decay = Math.Exp(-x * x);
        if (x < 2)
        {
            double term = x, sum = x;
            for (int n = 1; term > 1e-18 * sum; n++)
                sum += term *= 2 * x * x / (2 * n + 1);
            return 1 - 2 / Math.Sqrt(Math.PI) * decay * sum;
        }
        if (double.IsPositiveInfinity(x))
            return 0;
        double half = 0.5 / x;
        for (int n = 1; n * h < 7; n++)
            half += x / (x * x + n * h * n * h) * Math.Exp(-n * h * n * h);
        return 2 / Math.PI * h * decay * half;
    }

    /// <summary>ln(1 + e).</summary>
    public static double Log1P(double e) => e < 1e-5 ? e - e * e / 2 : Math.Log(1 + e);
}
