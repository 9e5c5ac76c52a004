using System.Numerics;

namespace SspNative.Model.Preprocessing;

/// <summary>
/// What VGGish is fed: log-mel examples of 0.96 s, from 16 kHz mono sound in −1…1. Frames of 25 ms under a periodic Hann
/// window every 10 ms; magnitudes of a 512-point FFT; 64 triangles on the HTK mel scale from 125 to 7500 Hz, the DC bin
/// weighted 0; ln(x + 0.01); 96 frames an example, without overlap, the tail dropped. Computed in double precision.
/// Source: VGGish's published front end (Hershey et al. 2017; the AudioSet models).
/// </summary>
public static class LogMel
{
    public const int SampleRate = 16000;

    /// <summary>Frames of an example: its height.</summary>
    public const int Frames = 96;

    /// <summary>Mel bands: the width of an example.</summary>
    public const int Bands = 64;

    /// <summary>Values of one example.</summary>
    public const int ExampleLength = Frames * Bands;

    private const int Window = 400;
    private const int Hop = 160;
    private const int FftLength = 512;
    private const int Bins = FftLength / 2 + 1;
    private const double LogOffset = 0.01;

    private static readonly double[] _hann =
        [.. Enumerable.Range(0, Window).Select(n => 0.5 - 0.5 * Math.Cos(Math.Tau * n / Window))];
    private static readonly MelBand[] _melBands = MakeMelBands();
    private static readonly Complex[] _twiddles =
        [.. Enumerable.Range(0, FftLength / 2).Select(k => Complex.FromPolarCoordinates(1, -Math.Tau * k / FftLength))];

    /// <summary>Whole examples in that many samples: 0 below 0.975 s, 5 in 5 s, 10 in 10 s.</summary>
    public static int ExampleCount(int samples) => samples < Window ? 0 : ((samples - Window) / Hop + 1) / Frames;

    /// <summary>The examples of a waveform, (examples, 96, 64) in row-major order.</summary>
    public static float[] Compute(ReadOnlySpan<float> waveform)
    {
        using ProfilerSpan span = Profiler.Module("log-mel");
        float[] examples = new float[ExampleCount(waveform.Length) * ExampleLength];
        var spectrum = new Complex[FftLength];
        double[] magnitudes = new double[Bins];
        for (int frame = 0; frame < examples.Length / Bands; frame++)
        {
            ReadOnlySpan<float> samples = waveform.Slice(frame * Hop, Window);
            Array.Clear(spectrum);
            for (int n = 0; n < Window; n++)
                spectrum[n] = samples[n] * _hann[n];
            Fft(spectrum);
            for (int bin = 0; bin < Bins; bin++)
                magnitudes[bin] = spectrum[bin].Magnitude;
            WriteLogMel(magnitudes, examples.AsSpan(frame * Bands, Bands));
        }
        return examples;
    }

    /// <summary>
    /// One example for each video frame, (T, 96, 64): the one that sounds at the middle of the frame's time, so second k of a
    /// short clip at one frame a second gets example k. Beyond the sound's end the last example is repeated, as the baseline
    /// does; sound too short for one example is continued with silence.
    /// </summary>
    /// <param name="waveform">The sound.</param>
    /// <param name="frameCount">T.</param>
    /// <param name="framesPerSecond">Video frames in a second of sound.</param>
    public static float[] ForVideoFrames(float[] waveform, int frameCount, double framesPerSecond) =>
        [.. ForVideoFrames([waveform], frameCount, framesPerSecond).SelectMany(example => example)];

    /// <summary>The same, an example (96,64) at a time from sound in blocks, so that memory does not grow with the clip.</summary>
    public static IEnumerable<float[]> ForVideoFrames(IEnumerable<float[]> blocks, int frameCount, double framesPerSecond)
    {
        using var sound = new ExampleReader(blocks);
        for (int k = 0; k < frameCount; k++)
        {
            double middle = (k + 0.5) / framesPerSecond;
            yield return sound.Read((int)Math.Min(middle * SampleRate / (Frames * Hop), int.MaxValue));
        }
    }

    // Reads examples in order, or the last one where there are fewer.
    private sealed class ExampleReader(IEnumerable<float[]> blocks) : IDisposable
    {
        private const int Step = Frames * Hop;
        private const int Samples = Window + (Frames - 1) * Hop;

        private readonly IEnumerator<float[]> _blocks = blocks.GetEnumerator();
        private readonly List<float> _sound = [];
        // What of the sound is behind: it is let go when more is read.
        private int _start;
        private int _first;
        private int _computed = -1;
        private float[] _example = [];

        public float[] Read(int index)
        {
            while (_first < index && (HasNext || Extend()))
                if (HasNext)
                {
                    _start += Step;
                    _first++;
                }
            while (_sound.Count - _start < Samples && Extend())
            {
            }
            if (_computed != _first)
            {
                var waveform = new float[Samples];
                _sound.CopyTo(_start, waveform, 0, Math.Min(Samples, _sound.Count - _start));
                _example = Compute(waveform);
                _computed = _first;
            }
            return _example;
        }

        private bool HasNext => _sound.Count - _start >= Step + Samples;

        public void Dispose() => _blocks.Dispose();

        private bool Extend()
        {
            if (!_blocks.MoveNext())
                return false;
            _sound.RemoveRange(0, _start);
            _start = 0;
            _sound.AddRange(_blocks.Current);
            return true;
        }
    }

    private static void WriteLogMel(ReadOnlySpan<double> magnitudes, Span<float> bands)
    {
        for (int band = 0; band < Bands; band++)
        {
            (int first, double[] weights) = _melBands[band];
            double energy = 0;
            for (int k = 0; k < weights.Length; k++)
                energy += weights[k] * magnitudes[first + k];
            bands[band] = (float)Math.Log(energy + LogOffset);
        }
    }

    /// <summary>The triangle of every band: straight in mel, not in Hz.</summary>
    private static MelBand[] MakeMelBands()
    {
        double lowest = ToMel(125), step = (ToMel(7500) - lowest) / (Bands + 1);
        var bands = new MelBand[Bands];
        for (int band = 0; band < Bands; band++)
        {
            double left = lowest + band * step;
            double Weight(int bin)
            {
                double mel = ToMel((double)bin * SampleRate / FftLength);
                return Math.Min((mel - left) / step, (left + 2 * step - mel) / step);
            }
            int[] inside = [.. Enumerable.Range(1, Bins - 1).Where(bin => Weight(bin) > 0)];
            bands[band] = new MelBand(inside[0], [.. inside.Select(Weight)]);
        }
        return bands;
    }

    /// <summary>The first FFT bin inside a band's triangle, and the weights from there on.</summary>
    private readonly record struct MelBand(int First, double[] Weights);

    /// <summary>The HTK mel scale.</summary>
    private static double ToMel(double hertz) => 1127 * Math.Log(1 + hertz / 700);

    /// <summary>In-place radix-2 FFT of 512 values: bit-reversed order, then nine rounds of butterflies.</summary>
    private static void Fft(Complex[] x)
    {
        for (int i = 1, j = 0; i < FftLength; i++)
        {
            int bit = FftLength >> 1;
            for (; (j & bit) != 0; bit >>= 1)
                j ^= bit;
            j ^= bit;
            if (i < j)
                (x[i], x[j]) = (x[j], x[i]);
        }
        for (int half = 1; half < FftLength; half *= 2)
            for (int start = 0; start < FftLength; start += 2 * half)
                for (int k = 0; k < half; k++)
                {
                    Complex even = x[start + k], odd = x[start + half + k] * _twiddles[k * (FftLength / 2 / half)];
                    x[start + k] = even + odd;
                    x[start + half + k] = even - odd;
                }
    }
}
