using System.Numerics;
using System.Numerics.Tensors;

namespace SspNative.Model.Media;

/// <summary>Changes the sample rate of sound by windowed-sinc interpolation.</summary>
internal static class Resampler
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
        if (from == to)
            return samples;
        var ratio = new Ratio(from, to);
        float[] resampled = new float[ratio.Outputs(samples.Length)];
        Fill(resampled, 0, samples, 0, ratio);
        return resampled;
    }

    /// <summary>The same of sound that comes in blocks, bit for bit, of which no more is held than a block and what its neighbours reach of it.</summary>
    public static IEnumerable<float[]> ResampleBlocks(IEnumerable<float[]> blocks, int from, int to)
    {
        if (from == to)
        {
            foreach (float[] block in blocks)
                yield return block;
            yield break;
        }
        var ratio = new Ratio(from, to);
        // What is held begins at an input sample; what is given so far ends at an output sample.
        float[] held = [];
        long start = 0, given = 0;
        foreach (float[] block in blocks)
        {
            held = [.. held, .. block];
            if (Take(ratio.OutputsWithin(start + held.Length)) is { } resampled)
                yield return resampled;
            int behind = (int)Math.Clamp(ratio.First(given) - start, 0, held.Length);
            held = held[behind..];
            start += behind;
        }
        if (Take(ratio.Outputs(start + held.Length)) is { } last)
            yield return last;

        float[]? Take(long end)
        {
            if (end <= given)
                return null;
            var resampled = new float[end - given];
            Fill(resampled, given, held, start, ratio);
            given = end;
            return resampled;
        }
    }

    // Outputs from one on, of input of which a part is there; what is not there is silent.
    private static void Fill(Span<float> resampled, long output, ReadOnlySpan<float> samples, long start, Ratio ratio)
    {
        using ProfilerSpan span = Profiler.Module("resample sound");
        double[] weights = new double[2 * ratio.Reach];
        // Outputs that lie equally between two input samples share their weights.
        for (int i = 0; i < ratio.Phases && i < resampled.Length; i++)
        {
            double fraction = (double)((output + i) % ratio.Phases * ratio.Advance % ratio.Phases) / ratio.Phases;
            FillWeights(weights, fraction, ratio.Cutoff, ratio.Reach);
            for (int j = i; j < resampled.Length; j += ratio.Phases)
            {
                long first = ratio.First(output + j) - start;
                int begin = (int)Math.Max(0, -first), end = (int)Math.Min(weights.Length, samples.Length - first);
                double sum = 0;
                for (int k = begin; k < end; k++)
                    sum += weights[k] * samples[(int)(first + k)];
                resampled[j] = (float)sum;
            }
        }
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

    // Output m is at input position m·advance/phases, and reads so many samples to either side.
    private readonly record struct Ratio
    {
        public Ratio(int from, int to)
        {
            int divisor = Gcd(from, to);
            (Phases, Advance, Cutoff) = (to / divisor, from / divisor, Rolloff * Math.Min(1, (double)to / from));
            Reach = (int)Math.Ceiling(ZeroCrossings / Cutoff);
        }

        public int Phases { get; }

        public int Advance { get; }

        public double Cutoff { get; }

        public int Reach { get; }

        /// <summary>How many outputs a sound of so many inputs has.</summary>
        public long Outputs(long inputs) => (inputs * Phases + Advance - 1) / Advance;

        /// <summary>How many outputs read nothing beyond so many inputs.</summary>
        public long OutputsWithin(long inputs) => Outputs(Math.Max(0, inputs - Reach));

        /// <summary>The first input that an output reads.</summary>
        public long First(long output) => output * Advance / Phases - Reach + 1;

        private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
    }
}
