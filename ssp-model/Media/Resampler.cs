using System.Numerics;
using System.Numerics.Tensors;

namespace SspNative.Model.Media;

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
        for (int k = 0; k < weights.Length; k++)
        {
            double across = (k - reach + 1 - fraction) / reach;
            weights[k] = KaiserBeta * Math.Sqrt(Math.Max(0, 1 - across * across));
        }
        BesselI0(weights);
        double total = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] *= Sinc(cutoff * (k - reach + 1 - fraction));
            total += weights[k];
        }
        TensorPrimitives.Divide(weights, total, weights);
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    /// <summary>
    /// The modified Bessel function of order 0 in place, by its power series until a term is below 1e-16 of the sum. It is most of
    /// the work where every output has weights of its own, hence by vectors; each lane stops by itself.
    /// </summary>
    private static void BesselI0(Span<double> values)
    {
        Span<double> lanes = stackalloc double[Vector<double>.Count];
        for (int first = 0; first < values.Length; first += lanes.Length)
        {
            Span<double> part = values.Slice(first, Math.Min(lanes.Length, values.Length - first));
            lanes.Clear();
            part.CopyTo(lanes);
            var x = new Vector<double>(lanes);
            Vector<double> sum = Vector<double>.One, term = Vector<double>.One;
            Vector<long> running = Vector.GreaterThan(term, 1e-16 * sum);
            for (int k = 1; running != Vector<long>.Zero; k++)
            {
                Vector<double> ratio = x / Vector.Create<double>(2 * k);
                term *= ratio * ratio;
                sum = Vector.ConditionalSelect(running, sum + term, sum);
                running &= Vector.GreaterThan(term, 1e-16 * sum);
            }
            sum.CopyTo(lanes);
            lanes[..part.Length].CopyTo(part);
        }
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
