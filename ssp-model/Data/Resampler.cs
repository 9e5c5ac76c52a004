namespace SspNative.Model.Data;

/// <summary>Changes the sample rate of sound by windowed-sinc interpolation.</summary>
public static class Resampler
{
    private const int ZeroCrossings = 32;
    private const double KaiserBeta = 9;

    /// <summary>Where the passband ends, as a fraction of the lower of both Nyquist frequencies.</summary>
    private const double Rolloff = 0.95;

    /// <summary>
    /// ⌈n·to/from⌉ samples: output m is the sound at input position m·from/to, through a Kaiser-windowed sinc of 32 zero
    /// crossings to either side that passes up to 0.95 of the lower Nyquist frequency. Beyond its ends the sound is silent.
    /// </summary>
    public static float[] Resample(float[] samples, int from, int to)
    {
        using ProfilerSpan span = Profiler.Module("resample sound");
        if (from == to)
            return samples;
        int divisor = Gcd(from, to), phases = to / divisor, advance = from / divisor;
        double cutoff = Rolloff * Math.Min(1, (double)to / from);
        int reach = (int)Math.Ceiling(ZeroCrossings / cutoff);
        float[] resampled = new float[((long)samples.Length * phases + advance - 1) / advance];
        double[] weights = new double[2 * reach];

        // Outputs that lie equally between two input samples share their weights.
        for (int phase = 0; phase < phases && phase < resampled.Length; phase++)
        {
            double fraction = (double)((long)phase * advance % phases) / phases;
            FillWeights(weights, fraction, cutoff, reach);
            for (long m = phase; m < resampled.Length; m += phases)
            {
                long first = m * advance / phases - reach + 1;
                int begin = (int)Math.Max(0, -first), end = (int)Math.Min(weights.Length, samples.Length - first);
                double sum = 0;
                for (int k = begin; k < end; k++)
                    sum += weights[k] * samples[first + k];
                resampled[m] = (float)sum;
            }
        }
        return resampled;
    }

    /// <summary>Weights of the input samples around a position, made to sum to 1 so that a constant stays what it is.</summary>
    private static void FillWeights(double[] weights, double fraction, double cutoff, int reach)
    {
        double total = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            double distance = k - reach + 1 - fraction;
            double across = distance / reach;
            double window = BesselI0(KaiserBeta * Math.Sqrt(Math.Max(0, 1 - across * across)));
            weights[k] = Sinc(cutoff * distance) * window;
            total += weights[k];
        }
        for (int k = 0; k < weights.Length; k++)
            weights[k] /= total;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    /// <summary>The modified Bessel function of order 0, by its power series.</summary>
    private static double BesselI0(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > 1e-16 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
