namespace SspNative.Tests.Kernels;

/// <summary>Special functions that the base library lacks, in double precision.</summary>
internal static class SpecialFunctions
{
    /// <summary>
    /// The complementary error function, 1e-12 absolute: the Taylor series of erf for |x| &lt; 2.5, else the continued
    /// fraction of erfc.
    /// </summary>
    public static double Erfc(double x)
    {
        double a = Math.Abs(x);
        double erfc;
        if (a < 2.5)
        {
            double term = a, sum = a;
            for (int n = 1; n < 60 && Math.Abs(term) > 1e-17 * sum; n++)
            {
                term *= -a * a / n;
                sum += term / (2 * n + 1);
            }
            erfc = 1 - 2 / Math.Sqrt(Math.PI) * sum;
        }
        else
        {
            double f = a;
            for (int n = 60; n >= 1; n--)
                f = a + 0.5 * n / f;
            erfc = Math.Exp(-a * a) / Math.Sqrt(Math.PI) / f;
        }
        return x < 0 ? 2 - erfc : erfc;
    }
}
