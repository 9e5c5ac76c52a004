using System.Buffers.Binary;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>The sound of a scene: every thing in the seconds in which it sounds, over a barely audible hiss.</summary>
internal static class Soundtrack
{
    private const int Rate = ClipSource.AudioRate;
    private const double Fade = 0.008;
    private const double Hiss = 0.0006;
    private const double Ceiling = 0.95;

    /// <summary>Mono 16-bit samples, one second a frame.</summary>
    /// <param name="scene">What sounds.</param>
    /// <param name="random">Draws the sounds.</param>
    /// <param name="snr">Decibels of the sound over pink noise; null for the hiss alone.</param>
    /// <param name="noise">Draws the noise.</param>
    public static short[] Mix(Scene scene, SplitMix64 random, double? snr, SplitMix64 noise)
    {
        double[] mix = new double[scene.Frames * Rate];
        foreach (Thing thing in scene.Things)
        {
            double loudness = random.Between(0.1, 0.18);
            foreach ((int start, int end) in Runs(thing.Sounding))
                Add(mix.AsSpan(start * Rate, (end - start) * Rate), thing.Class.Sound, loudness, random);
        }
        if (snr is { } decibels)
            AddNoise(mix, Math.Sqrt(SoundingPower(scene, mix)) * Math.Pow(10, -decibels / 20), noise);
        for (int i = 0; i < mix.Length; i++)
            mix[i] += random.Between(-Hiss, Hiss);
        double peak = mix.Max(Math.Abs), gain = Math.Min(1, Ceiling / peak) * short.MaxValue;
        return Array.ConvertAll(mix, sample => (short)Math.Round(sample * gain));
    }

    /// <summary>The samples as a 16-bit mono WAV file.</summary>
    public static byte[] ToWav(short[] samples)
    {
        const int header = 44;
        byte[] wav = new byte[header + 2 * samples.Length];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), Rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * Rate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 2 * samples.Length);
        for (int i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(header + 2 * i), samples[i]);
        return wav;
    }

    private static void Add(Span<double> mix, Synthesis synthesis, double loudness, SplitMix64 random)
    {
        double[] sound = new double[mix.Length];
        synthesis(sound, random);
        double gain = loudness / Math.Sqrt(sound.Sum(s => s * s) / sound.Length);
        for (int i = 0; i < sound.Length; i++)
        {
            double edge = Math.Min(i, sound.Length - 1 - i) / (Fade * Rate);
            mix[i] += gain * Math.Min(1, edge) * sound[i];
        }
    }

    /// <summary>The mean square of the seconds in which something sounds.</summary>
    private static double SoundingPower(Scene scene, double[] mix)
    {
        double[] powers =
        [
            .. Enumerable.Range(0, scene.Frames).Where(t => scene.Things.Any(thing => thing.Sounding[t]))
                .Select(t => mix.Skip(t * Rate).Take(Rate).Sum(s => s * s) / Rate),
        ];
        return powers.Length == 0 ? 0 : powers.Average();
    }

    /// <summary>Adds noise whose power falls by 3 dB an octave (Kellet's filter of white noise), of a root mean square.</summary>
    private static void AddNoise(double[] mix, double level, SplitMix64 random)
    {
        double low = 0, middle = 0, high = 0;
        double[] pink = new double[mix.Length];
        for (int i = 0; i < pink.Length; i++)
        {
            double white = random.Between(-1, 1);
            low = 0.99765 * low + 0.0990460 * white;
            middle = 0.96300 * middle + 0.2965164 * white;
            high = 0.57000 * high + 1.0526913 * white;
            pink[i] = low + middle + high + 0.1848 * white;
        }
        double gain = level / Math.Sqrt(pink.Sum(p => p * p) / pink.Length);
        for (int i = 0; i < mix.Length; i++)
            mix[i] += gain * pink[i];
    }

    /// <summary>Uninterrupted stretches of true as [start, end).</summary>
    private static IEnumerable<(int Start, int End)> Runs(bool[] sounding)
    {
        for (int start = 0; start < sounding.Length; start++)
        {
            int end = start;
            while (end < sounding.Length && sounding[end])
                end++;
            if (end > start)
                yield return (start, end);
            start = end;
        }
    }
}
