namespace SspNative.Model.Data.Synthetic;

/// <summary>Smooth noise: random values on the integer grid, joined by a quintic (Perlin's fade).</summary>
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
